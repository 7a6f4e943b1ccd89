#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/activation.h"
#include "model/loss.h"
#include "model/optimizer.h"

namespace chainrule {

enum class Monitor { kLoss, kValidationLoss, kValidationAccuracy };
enum class Sampling { kShuffle, kSequential, kReplacement };

/// The least accuracy of the products of matrices: of their operands' bits. All else is float32.
enum class Precision : uint8_t {
  kFloat32,
  kBf16x3,  // operands split into two bf16, three products: 16 of 24 bits
  kBf16,    // operands rounded to one bf16: 8 bits
};
inline constexpr std::string_view kPrecisions[] = {"float32", "bf16x3", "bf16"};

/// Who computes products of less than float32's precision: whoever is fastest, or a certain one.
enum class ProductsDemand : uint8_t { kAuto, kFloat32, kEmulated, kVdpbf16, kAmx };

/// Factors of the optimizer's coefficients for one tensor.
struct TensorFactors {
  double learning_rate = 1;
  double weight_decay = 1;
  double epsilon = 1;
  bool operator==(const TensorFactors&) const = default;
};

struct LayerSpec {
  size_t units;
  Activation activation;
  float slope;  // of leakyRelu for z <= 0
  bool use_bias;
  double dropout = 0;  // fraction of the activations that a training step drops; 0 for the output
  TensorFactors weight_factors = {};
  TensorFactors bias_factors = {};

  bool has_factors() const {
    return !(weight_factors == TensorFactors{} && bias_factors == TensorFactors{});
  }
};

struct NetworkSpec {
  size_t input_size;
  std::vector<LayerSpec> layers;
  Loss loss;
  OptimizerSpec optimizer;
  double l2 = 0;                            // coefficient of 1/2 * l2 * sum W^2
  std::vector<float> loss_parameters = {};  // LossInfo::parameters() of them
  double label_smoothing = 0;
  std::optional<TensorFactors> input_scale;  // of a network whose first layer sees x (.) g
  Precision precision = Precision::kFloat32;
  ProductsDemand products = ProductsDemand::kAuto;
  uint32_t seed = 0;   // of the dropout masks
  size_t threads = 1;  // the most that a step may use

  size_t output_size() const { return layers.back().units; }
  /// Whether the output layer stays at Z because its activation is part of the loss.
  bool loss_takes_logits() const { return info_of(loss).takes_logits; }
};

/// The largest size that BLAS accepts, and so the largest array of one layer.
inline constexpr size_t kMaxElements = (size_t{1} << 31) - 1;

/// The most rows of a batch, none of whose arrays may be larger.
size_t most_rows(const NetworkSpec& spec);

/// Throws Error(kOption) for what the core cannot compute: no layer, no unit, arrays beyond
/// kMaxElements, a loss that does not match the output's activation.
void validate(const NetworkSpec& spec);

}  // namespace chainrule
