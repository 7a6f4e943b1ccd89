#pragma once

#include "step/context.h"

namespace chainrule {

/// delta_L = dL/dZ_L of this worker's rows, and their losses.
void delta_at_output(const StepContext& step, const Worker& worker, const Rows& rows);

/// The batch's loss with the penalty, the same in every worker. Waits for the losses of the other
/// workers' rows.
double total_loss(const StepContext& step, const Worker& worker, const Rows& rows);

}  // namespace chainrule
