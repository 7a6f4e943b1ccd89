#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "model/optimizer.h"

namespace chainrule {

/// One step's update rule with all scalars computed: what remains is the same for every weight.
class Update {
 public:
  /// For step `t`, counted from 1.
  Update(const Kernels& kernels, const OptimizerSpec& spec, double learning_rate, uint64_t t)
      : kernel_(kernels.update_of(spec.kind)),
        coefficients_(info_of(spec.kind).coefficients(spec, learning_rate, t)) {}

  /// Updates the tile's weights and moments from its gradient.
  void apply(const UpdateTile& tile) const { kernel_(tile, coefficients_); }

 private:
  UpdateKernel kernel_;
  Coefficients coefficients_;
};

}  // namespace chainrule
