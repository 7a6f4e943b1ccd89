#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "model/kinds.h"

namespace chainrule {

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

struct ActivationInfo {
  Activation kind;
  std::string_view name;  // as in src/
  bool needs_z = false;   // the derivative is a function of z; otherwise of a = g(z)
  bool row_wise = false;  // needs whole rows and has a Jacobian; the others are elementwise
};

inline constexpr ActivationInfo kActivations[] = {
    {.kind = Activation::kIdentity, .name = "identity"},
    {.kind = Activation::kSigmoid, .name = "sigmoid"},
    {.kind = Activation::kTanh, .name = "tanh"},
    {.kind = Activation::kRelu, .name = "relu"},
    {.kind = Activation::kLeakyRelu, .name = "leakyRelu"},
    {.kind = Activation::kSoftmax, .name = "softmax", .row_wise = true},
    {.kind = Activation::kGelu, .name = "gelu", .needs_z = true},
    {.kind = Activation::kSilu, .name = "silu", .needs_z = true},
    {.kind = Activation::kSelu, .name = "selu"},
    {.kind = Activation::kMish, .name = "mish", .needs_z = true},
};
inline constexpr size_t kActivationCount = std::size(kActivations);
static_assert(is_in_order(kActivations));

constexpr const ActivationInfo& info_of(Activation kind) {
  return kActivations[static_cast<size_t>(kind)];
}

}  // namespace chainrule
