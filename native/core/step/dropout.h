#pragma once

#include "step/context.h"

namespace chainrule {

/// This step's mask of layer `l`.
DropoutMask dropout_mask(const StepContext& step, size_t l, const Rows& rows);

/// A tile of layer `l` under this step's mask. Inverted dropout: what stays is scaled, so that the
/// sums expected above do not change.
void drop_out(const StepContext& step, size_t l, const Tile& tile, const Rows& rows,
              const Buffer& from, const Buffer& to);

}  // namespace chainrule
