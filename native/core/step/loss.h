#pragma once

#include "step/context.h"

namespace chainrule {

/// delta_L = dL/dZ_L of this worker's rows, and their losses.
void delta_at_output(const StepContext& step, const Worker& worker, const Rows& rows);

/// The batch's loss, penalty included, the same for every worker. Waits for the losses of the
/// others' rows.
double total_loss(const StepContext& step, const Worker& worker, const Rows& rows);

}  // namespace chainrule
