#pragma once

#include "step/context.h"
#include "step/finite.h"

namespace chainrule {

/// A_l = g_l(A_{l-1} W_l + b_l), layer by layer. With `to_logits`, the output layer stays at Z.
/// Returns when this worker's rows of the output are complete. `magnitudes`, which may be null,
/// sees what the layers above the first take.
void forward(const StepContext& step, const Worker& worker, const Rows& rows, bool to_logits,
             Magnitudes* magnitudes = nullptr);

}  // namespace chainrule
