#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "model/spec.h"

namespace chainrule {

/// One step's update rule with all scalars computed: what remains is the same for every weight.
class Update {
 public:
  /// For step `t`, counted from 1.
  Update(const OptimizerSpec& spec, double learning_rate, uint64_t t);

  /// Updates the tile's weights and moments from its gradient.
  void apply(const Kernels& kernels, const UpdateTile& tile) const;

 private:
  OptimizerKind kind_;
  float step_ = 0;  // of sgd
  MomentumCoefficients momentum_{};
  AdamCoefficients adam_{};
  RmspropCoefficients rmsprop_{};
};

}  // namespace chainrule
