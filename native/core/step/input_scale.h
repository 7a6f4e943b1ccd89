#pragma once

#include "step/context.h"
#include "step/finite.h"
#include "step/optimizer.h"

namespace chainrule {

/// The scale g of the inputs, as InputScalePlan has it; for networks that have one.

/// V = diag(g) W, with W's bias row: this worker's tiles. V is never older than the pass that takes
/// it. `magnitudes`, which may be null, sees W and g.
void weigh_inputs(const StepContext& step, const Worker& worker, Magnitudes* magnitudes = nullptr);

/// From dV of a tile of the first layer its part of the panel's sums for dg, then in place dW with
/// its penalty.
void split_gradient(const StepContext& step, const Tile& tile, float* d_weight);

/// Writes dg of this worker's inputs to `d_scale`, which may be the first panel's sums, once the
/// sums of all panels are complete.
void sum_scale_gradient(const StepContext& step, const Worker& worker, float* d_scale);

/// Updates g and its moments with gradient_scale * d_scale: this worker's inputs.
void update_scale(const StepContext& step, const Worker& worker, const Update& update,
                  const float* d_scale, float gradient_scale);

/// The same on copies.
void try_scale(Trial& trial, const StepContext& step, const Worker& worker, const Update& update,
               const float* d_scale, float gradient_scale);

/// Adds weight * dg in the workspace's gradients to its gradient_sum: this worker's inputs.
void add_scale_to_sum(const StepContext& step, const Worker& worker, float weight);

/// sum_scale_gradient() and update_scale() on the fused path.
void sum_and_update_scale(const StepContext& step, const Worker& worker, const Update& update);

}  // namespace chainrule
