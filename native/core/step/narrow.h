#pragma once

#include "step/context.h"
#include "step/optimizer.h"
#include "step/step.h"

namespace chainrule {

/// The training step of a narrow network. The batch is transposed, (units, rows), with its rows in
/// the lanes, so that a layer of few units, even a single output, leaves no lane empty. Weights are
/// read one number at a time, forward and backward, and are never transposed; delta is transposed
/// back for dW only. The network fits in the core's own caches, so one thread does everything.
///
///     X^T -> A_1^T -> ... -> A_L^T -> delta_L^T             Z_l^T = W_l^T A_{l-1}^T
///     the loss: go on only if it is finite
///     for l = L ... 2:  delta_{l-1}^T = (W_l delta_l^T) (.) g'
///     for l = 1 ... L:  dW_l = A_{l-1}^T delta_l, panel by panel
///     go on only if the update stays finite (finite.h)
///     dW -> optimizer -> W, all layers at once
///
/// `was_tame`: State's, as it was before the step.
StepLoss train_narrow(const StepContext& step, const Worker& worker, const Batch& batch,
                      const Update& update, bool was_tame);

}  // namespace chainrule
