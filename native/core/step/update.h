#pragma once

#include "step/context.h"
#include "step/optimizer.h"

namespace chainrule {

/// Updates the weights and moments of a tile of layer `l` with gradient_scale * d_weight.
void update_tile(const StepContext& step, size_t l, const Tile& tile, const Update& update,
                 const float* d_weight, float gradient_scale);

/// The fused path: the optimizer consumes a tile of dW where it was computed, and the gradient is
/// never stored. A layer's weights change only after delta has passed through them.
void backward_and_update(const StepContext& step, const Worker& worker, const Rows& rows,
                         const Update& update);

/// The first pass of the two-pass path, for clipping and for callers who ask for gradients.
void backward_to_gradients(const StepContext& step, const Worker& worker, const Rows& rows);

/// Adds weight * gradient to the workspace's gradient_sum, if it has one.
void add_to_sum(const StepContext& step, const Worker& worker, double weight);

/// The second pass. Returns false and changes nothing if a norm to clip by is not finite.
bool clip_and_update(const StepContext& step, const Worker& worker, const Update& update);

}  // namespace chainrule
