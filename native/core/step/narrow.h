#pragma once

#include "step/context.h"
#include "step/optimizer.h"
#include "step/step.h"

namespace chainrule {

/// The training step of a narrow network: the batch lies transposed, (units, rows), with its rows
/// in the lanes, so that a layer of few units, and an output of one, leave no lane empty. A weight
/// is then the operand that is read number by number, forward and back, and never transposed; delta
/// is turned back for dW alone. The network fits the caches next to the core: one thread does it
/// all.
///
///     X^T -> A_1^T -> ... -> A_L^T -> delta_L^T             Z_l^T = W_l^T A_{l-1}^T
///     the loss: go on only if it is finite
///     for l = L ... 1:  delta_{l-1}^T = (W_l delta_l^T) (.) g'
///                       dW_l = A_{l-1}^T delta_l, panel by panel -> optimizer -> W_l
StepLoss train_narrow(const StepContext& step, const Worker& worker, const Batch& batch,
                      const Update& update);

}  // namespace chainrule
