#pragma once

#include "step/context.h"

namespace chainrule {

/// The deltas for which a worker needs those of its own rows alone, so that all this comes before
/// the step's first wait.
void backward_own_rows(const StepContext& step, const Worker& worker, const Rows& rows);

/// delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1}), l > 0, in tiles of a worker's own. Waits for the
/// others'.
void backward_inputs(const StepContext& step, const Worker& worker, size_t l, const Rows& rows);

/// The gradient by the inputs, which training never needs: into the batch's own buffer, then to
/// `d_inputs` (rows, in).
void input_gradients(const StepContext& step, const Worker& worker, const Rows& rows,
                     float* d_inputs);

}  // namespace chainrule
