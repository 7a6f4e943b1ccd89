#pragma once

#include "step/context.h"

namespace chainrule {

/// The deltas that a worker can compute from its own rows alone, before the step's first barrier.
void backward_own_rows(const StepContext& step, const Worker& worker, const Rows& rows);

/// delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1}), l > 0: this worker's part.
void backward_inputs(const StepContext& step, const Worker& worker, size_t l, const Rows& rows);

/// The gradient with respect to the inputs, which training never needs: computed in the batch's
/// buffer, then copied to `d_inputs` (rows, in).
void input_gradients(const StepContext& step, const Worker& worker, const Rows& rows,
                     float* d_inputs);

}  // namespace chainrule
