#pragma once

#include "plan/plan.h"

namespace chainrule {

/// What a plan decides if products are over tiles of bf16 (kernels/tiles.h).

/// Reserves room for a matrix that lies panel by panel.
Buffer reserve_panels(Plan& plan, size_t cols);

/// Cuts a layer's matrices into tiles of whole blocks, with room for their images, and its depth
/// into segments where that is faster.
void divide_into_blocks(Plan& plan, LayerPlan& layer, bool is_last);

/// Reserves room for sums that are not stored, after all layers.
void plan_sums(Plan& plan);

}  // namespace chainrule
