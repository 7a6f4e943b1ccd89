#pragma once

#include <cmath>
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
  std::string_view name;    // as in src/
  bool needs_z = false;     // the derivative is a function of z; otherwise of a = g(z)
  bool row_wise = false;    // needs whole rows and has a Jacobian; the others are elementwise
  bool is_bounded = false;  // |a| <= 1
  bool in_product = false;  // the epilogue of a product applies it, and its derivative
  // Counts as saturated, with a derivative of almost 0, outside these bounds of a = g(z).
  double saturated_below = -HUGE_VAL;
  double saturated_above = HUGE_VAL;
  double saturated_logit = HUGE_VAL;  // the same as a bound of |z|, for a loss from logits
  bool can_die = false;               // a unit with z <= 0 on every row counts as dead
};

inline constexpr ActivationInfo kActivations[] = {
    {.kind = Activation::kIdentity, .name = "identity"},
    {.kind = Activation::kSigmoid,
     .name = "sigmoid",
     .is_bounded = true,
     .saturated_below = 0.02,
     .saturated_above = 0.98,
     .saturated_logit = 3.8918202981106265},  // log(0.98 / 0.02)
    {.kind = Activation::kTanh,
     .name = "tanh",
     .is_bounded = true,
     .saturated_below = -0.96,
     .saturated_above = 0.96},
    {.kind = Activation::kRelu, .name = "relu", .in_product = true, .can_die = true},
    {.kind = Activation::kLeakyRelu, .name = "leakyRelu", .can_die = true},
    {.kind = Activation::kSoftmax, .name = "softmax", .row_wise = true, .is_bounded = true},
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
