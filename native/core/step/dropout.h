#pragma once

#include "step/context.h"

namespace chainrule {

/// This step's mask of layer `l`.
DropoutMask dropout_mask(const StepContext& step, size_t l, const Rows& rows);

/// Applies this step's mask to a tile of layer `l`. Inverted dropout: the values that stay are
/// scaled up, so that the next layer's expected sums do not change.
void drop_out(const StepContext& step, size_t l, const Tile& tile, const Rows& rows,
              const Buffer& from, const Buffer& to);

}  // namespace chainrule
