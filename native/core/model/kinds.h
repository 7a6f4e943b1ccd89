#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace chainrule {

/// One descriptor for each kind of activation, loss and optimizer: all that the rest of the core
/// and the addon need to know about it. To add a kind, add a line to its table. Each enum lists the
/// kinds in the order of its table; the compiler checks the order.

enum class Activation {
  kIdentity,
  kSigmoid,
  kTanh,
  kRelu,
  kLeakyRelu,
  kSoftmax,
  kGelu,
  kSilu,
  kSelu,
  kMish
};
enum class Loss { kMse, kHalfMse, kBce, kCrossEntropy, kHuber };
enum class OptimizerKind { kSgd, kMomentum, kMomentumEma, kAdam, kAdamW, kRmsprop };

struct ActivationInfo {
  Activation kind;
  std::string_view name;    // as in src/
  bool needs_z = false;     // the derivative is a function of z; otherwise of a = g(z)
  bool row_wise = false;    // needs whole rows and has a Jacobian; the others are elementwise
  bool in_product = false;  // the epilogue of a product applies it, and its derivative
};

inline constexpr ActivationInfo kActivations[] = {
    {.kind = Activation::kIdentity, .name = "identity"},
    {.kind = Activation::kSigmoid, .name = "sigmoid"},
    {.kind = Activation::kTanh, .name = "tanh"},
    {.kind = Activation::kRelu, .name = "relu", .in_product = true},
    {.kind = Activation::kLeakyRelu, .name = "leakyRelu"},
    {.kind = Activation::kSoftmax, .name = "softmax", .row_wise = true},
    {.kind = Activation::kGelu, .name = "gelu", .needs_z = true},
    {.kind = Activation::kSilu, .name = "silu", .needs_z = true},
    {.kind = Activation::kSelu, .name = "selu"},
    {.kind = Activation::kMish, .name = "mish", .needs_z = true},
};
inline constexpr size_t kActivationCount = std::size(kActivations);

struct LossInfo {
  Loss kind;
  std::string_view name;
  // The loss is computed from logits, and the output layer must have the activation `output`.
  bool takes_logits = false;
  Activation output = Activation::kIdentity;  // if takes_logits
};

inline constexpr LossInfo kLosses[] = {
    {.kind = Loss::kMse, .name = "mse"},
    {.kind = Loss::kHalfMse, .name = "halfMse"},
    {.kind = Loss::kBce, .name = "bce", .takes_logits = true, .output = Activation::kSigmoid},
    {.kind = Loss::kCrossEntropy,
     .name = "crossEntropy",
     .takes_logits = true,
     .output = Activation::kSoftmax},
    {.kind = Loss::kHuber, .name = "huber"},
};
inline constexpr size_t kLossCount = std::size(kLosses);

struct OptimizerInfo {
  OptimizerKind kind;
  std::string_view name;
  size_t moments;  // default number of moments; OptimizerSpec::moments() has the actual number
};

inline constexpr OptimizerInfo kOptimizers[] = {
    {.kind = OptimizerKind::kSgd, .name = "sgd", .moments = 0},
    {.kind = OptimizerKind::kMomentum, .name = "momentum", .moments = 1},
    {.kind = OptimizerKind::kMomentumEma, .name = "momentumEma", .moments = 1},
    {.kind = OptimizerKind::kAdam, .name = "adam", .moments = 2},
    {.kind = OptimizerKind::kAdamW, .name = "adamW", .moments = 2},
    {.kind = OptimizerKind::kRmsprop, .name = "rmsprop", .moments = 1},
};

template <typename Info, size_t kCount>
constexpr bool is_in_order(const Info (&table)[kCount]) {
  for (size_t i = 0; i < kCount; ++i) {
    if (static_cast<size_t>(table[i].kind) != i) return false;
  }
  return true;
}
static_assert(is_in_order(kActivations) && is_in_order(kLosses) && is_in_order(kOptimizers));

constexpr const ActivationInfo& info_of(Activation kind) {
  return kActivations[static_cast<size_t>(kind)];
}
constexpr const LossInfo& info_of(Loss kind) { return kLosses[static_cast<size_t>(kind)]; }
constexpr const OptimizerInfo& info_of(OptimizerKind kind) {
  return kOptimizers[static_cast<size_t>(kind)];
}

}  // namespace chainrule
