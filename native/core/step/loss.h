#pragma once

#include "step/context.h"

namespace chainrule {

/// delta_L = dL/dZ_L of this worker's rows, and their losses.
void delta_at_output(const StepContext& step, const Worker& worker, const Rows& rows);

struct BatchLoss {
  double total;    // with the penalty
  double penalty;  // 1/2 * l2 * sum W^2
};

/// The same in every worker. Waits for the losses of the other
/// workers' rows.
BatchLoss total_loss(const StepContext& step, const Worker& worker, const Rows& rows);

}  // namespace chainrule
