#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "model/spec.h"

namespace chainrule {

/// What changes from step to step.
struct StepRates {
  double learning_rate;
  // Factors of the network's own values.
  double dropout = 1;
  double weight_decay = 1;
};

/// One step's update rule with all scalars computed: what remains is the same for every weight.
class Update {
 public:
  /// For step `t`, counted from 1. `factors` are those of the tensor to update.
  Update(const Kernels& kernels, const OptimizerSpec& spec, const StepRates& rates, uint64_t t,
         const TensorFactors& factors = {})
      : kernels_(kernels), spec_(spec), rates_(rates), t_(t), coefficients_(scaled_by(factors)) {}

  const StepRates& rates() const { return rates_; }
  /// The same step's rule for a tensor with these factors.
  Update with(const TensorFactors& factors) const { return {kernels_, spec_, rates_, t_, factors}; }
  /// Whether the step is tame if no element of the gradient exceeds `gradient`; see model/tame.h.
  /// False for NaN.
  bool is_tame(double gradient) const {
    return gradient <= kTameGradient && info_of(spec_.kind).is_tame(coefficients_);
  }
  /// Updates the tile's weights and moments from its gradient.
  void apply(const UpdateTile& tile) const { kernels_.update_of(spec_.kind)(tile, coefficients_); }

 private:
  Coefficients scaled_by(const TensorFactors& factors) const {
    OptimizerSpec scaled = spec_;
    scaled.weight_decay *= rates_.weight_decay * factors.weight_decay;
    scaled.epsilon *= factors.epsilon;
    return info_of(spec_.kind)
        .coefficients(scaled, rates_.learning_rate * factors.learning_rate, t_);
  }

  const Kernels& kernels_;
  const OptimizerSpec& spec_;
  StepRates rates_;
  uint64_t t_;
  Coefficients coefficients_;
};

}  // namespace chainrule
