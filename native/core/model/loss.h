#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "model/activation.h"
#include "model/kinds.h"

namespace chainrule {

enum class Loss { kMse, kHalfMse, kBce, kCrossEntropy, kHuber, kAbsolute, kQuantile };

/// What a target is: a number for each output, yes or no for each output, or one class of several.
enum class Task { kRegression, kLabels, kClasses };

struct LossInfo {
  Loss kind;
  std::string_view name;  // as in src/
  Task task = Task::kRegression;
  // The loss is computed from logits, and the output layer must have the activation `output`.
  bool takes_logits = false;
  Activation output = Activation::kIdentity;  // if takes_logits
  // The name of NetworkSpec::loss_parameters, which must be above 0; empty: the loss has none.
  std::string_view parameter = {};
  // Whether there is one for each output, which must be at most 1; otherwise there is a single one.
  bool parameter_of_each_output = false;

  size_t parameters(size_t outputs) const {
    if (parameter.empty()) return 0;
    return parameter_of_each_output ? outputs : 1;
  }
};

inline constexpr LossInfo kLosses[] = {
    {.kind = Loss::kMse, .name = "mse"},
    {.kind = Loss::kHalfMse, .name = "halfMse"},
    {.kind = Loss::kBce,
     .name = "bce",
     .task = Task::kLabels,
     .takes_logits = true,
     .output = Activation::kSigmoid},
    {.kind = Loss::kCrossEntropy,
     .name = "crossEntropy",
     .task = Task::kClasses,
     .takes_logits = true,
     .output = Activation::kSoftmax},
    {.kind = Loss::kHuber, .name = "huber", .parameter = "delta"},
    {.kind = Loss::kAbsolute, .name = "absolute"},
    {.kind = Loss::kQuantile,
     .name = "quantile",
     .parameter = "quantiles",
     .parameter_of_each_output = true},
};
inline constexpr size_t kLossCount = std::size(kLosses);
static_assert(is_in_order(kLosses));

constexpr const LossInfo& info_of(Loss kind) { return kLosses[static_cast<size_t>(kind)]; }

}  // namespace chainrule
