#pragma once

#include "step/context.h"
#include "step/optimizer.h"

namespace chainrule {

/// Updates a tile of layer `l`, its weights and moments, from its gradient times `gradient_scale`.
void update_tile(const StepContext& step, size_t l, const Tile& tile, const Update& update,
                 const float* d_weight, float gradient_scale);

/// The fused path: a tile of dW is used up where it was made and the whole gradient never stands in
/// memory. A layer's weights change only after delta has passed through them.
void backward_and_update(const StepContext& step, const Worker& worker, const Rows& rows,
                         const Update& update);

/// The path in two passes, for clipping and for callers who ask for gradients: all of them first.
void backward_to_gradients(const StepContext& step, const Worker& worker, const Rows& rows);

/// Adds weight * gradient to the workspace's gradient_sum, where it has one.
void add_to_sum(const StepContext& step, const Worker& worker, double weight);

/// The second pass. Returns false, with nothing changed, where a norm to clip by is not finite.
bool clip_and_update(const StepContext& step, const Worker& worker, const Update& update);

}  // namespace chainrule
