#pragma once

#include <optional>

#include "step/context.h"
#include "step/fault.h"
#include "step/finite.h"
#include "step/optimizer.h"

namespace chainrule {

/// A step's update rule for one layer, whose weight and bias may have factors of their own.
class LayerUpdate {
 public:
  LayerUpdate(const StepContext& step, size_t l, const Update& update);
  LayerUpdate(const LayerUpdate&) = delete;
  LayerUpdate& operator=(const LayerUpdate&) = delete;

  size_t layer() const { return l_; }
  /// Updates the weights and moments of a tile with gradient_scale * d_weight.
  void apply(const Tile& tile, const float* d_weight, float gradient_scale) const {
    if (weight_) return apply_factors(tile, d_weight, gradient_scale);
    update_rows(update_, tile, d_weight, gradient_scale);
  }
  /// The same on copies.
  void try_out(Trial& trial, const Tile& tile, const float* d_weight, float gradient_scale) const {
    trial.see(l_, tile, weight_ ? *weight_ : update_, bias_ ? *bias_ : update_, d_weight,
              gradient_scale);
  }

 private:
  void apply_factors(const Tile& tile, const float* d_weight, float gradient_scale) const;
  /// Updates whole rows of a weight's panel by one rule. Inline, for a few rows take little longer
  /// than a few calls.
  void update_rows(const Update& update, const Tile& tile, const float* d_weight,
                   float gradient_scale) const {
    const Panel panel = step_.panel_of(l_, tile);
    const size_t corner = panel.offset + tile.row * panel.width;
    update.apply({.size = tile.rows * panel.width,
                  .weight = part_of(step_.state.parameters, corner),
                  .moments = {part_of(step_.state.moments[0], corner),
                              part_of(step_.state.moments[1], corner),
                              part_of(step_.state.moments[2], corner)},
                  .d_weight = d_weight,
                  .gradient_scale = gradient_scale});
  }

  const StepContext& step_;
  const size_t l_;
  const Update& update_;
  std::optional<Update> weight_, bias_;  // if the layer has factors
};

/// The fused path: the optimizer consumes a tile of dW where it was computed, and the gradient is
/// never stored. Weights change only after delta has passed through all of them.
void update_fused(const StepContext& step, const Worker& worker, const Rows& rows,
                  const Update& update);

/// What update_fused() would lead to, tried out on copies; the same in every worker.
Fault try_fused(const StepContext& step, const Worker& worker, const Rows& rows,
                const Update& update);

/// The first pass of the two-pass path, for clipping and for callers who ask for gradients, after
/// backward_others().
void backward_to_gradients(const StepContext& step, const Worker& worker, const Rows& rows);

/// The second pass. With a fault it changes nothing. If the workspace has a gradient_sum, adds
/// weight * gradient to it. `was_tame`: State's, as it was before the step.
Fault clip_and_update(const StepContext& step, const Worker& worker, const Update& update,
                      double weight, bool was_tame);

}  // namespace chainrule
