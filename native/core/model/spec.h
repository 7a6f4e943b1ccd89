#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/kinds.h"

namespace chainrule {

enum class Monitor { kLoss, kValidationLoss, kValidationAccuracy };
enum class Sampling { kShuffle, kSequential, kReplacement };

struct LayerSpec {
  size_t units;
  Activation activation;
  float slope;  // of leakyRelu for z <= 0
  bool use_bias;
  double dropout = 0;  // fraction of the activations that a training step drops; 0 for the output
};

/// Coefficients of one optimizer; other kinds' coefficients are ignored.
struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::kAdam;
  double learning_rate = 0.001;
  double clip_norm = 0;   // 0: no clipping
  double momentum = 0.9;  // of momentum and rmsprop
  bool nesterov = false;
  double beta = 0.9;  // of momentumEma
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_inside_sqrt = false;
  bool epsilon_hat = false;  // epsilon is outside the bias correction too
  double weight_decay = 0;
  double alpha = 0.99;    // of rmsprop
  bool centered = false;  // rmsprop divides by the standard deviation

  /// Number of moments: the velocity; or the first and second moment; or for rmsprop the mean of
  /// g^2, with momentum the velocity, and if centered the mean of g.
  size_t moments() const;
};

/// The most moments that an optimizer has.
inline constexpr size_t kMostMoments = 3;

struct NetworkSpec {
  size_t input_size;
  std::vector<LayerSpec> layers;
  Loss loss;
  OptimizerSpec optimizer;
  double l2 = 0;           // coefficient of 1/2 * l2 * sum W^2
  double huber_delta = 1;  // where the loss 'huber' changes from a parabola to a line
  double label_smoothing = 0;
  uint32_t seed = 0;   // of the dropout masks
  size_t threads = 1;  // the most that a step may use

  size_t output_size() const { return layers.back().units; }
  /// Whether the output layer stays at Z because its activation is part of the loss.
  bool loss_takes_logits() const { return info_of(loss).takes_logits; }
};

/// The largest size that BLAS accepts, and so the largest array of one layer.
inline constexpr size_t kMaxElements = (size_t{1} << 31) - 1;

/// Throws Error(kOption) for what the core cannot compute: no layer, no unit, arrays beyond
/// kMaxElements, a loss that does not match the output's activation.
void validate(const NetworkSpec& spec);

}  // namespace chainrule
