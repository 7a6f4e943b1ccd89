#pragma once

#include "step/context.h"

namespace chainrule {

/// A_l = g_l(A_{l-1} W_l + b_l), layer by layer. `to_logits` leaves Z in place of the output
/// layer's activation. Returns when this worker's rows of the output are there.
void forward(const StepContext& step, const Worker& worker, const Rows& rows, bool to_logits);

}  // namespace chainrule
