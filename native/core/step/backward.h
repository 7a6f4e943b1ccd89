#pragma once

#include "step/context.h"
#include "step/finite.h"

namespace chainrule {

/// delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1}) for the layers whose delta a worker can compute
/// from its own rows alone, before the step's first barrier. `magnitudes`, which may be null, sees
/// the worker's part.
void backward_own_rows(const StepContext& step, const Worker& worker, const Rows& rows,
                       Magnitudes* magnitudes = nullptr);

/// The same for all other layers. Returns when all workers' deltas are complete, and the notes in
/// which the workers have told their magnitudes.
void backward_others(const StepContext& step, const Worker& worker, const Rows& rows,
                     Magnitudes* magnitudes = nullptr);

/// The gradient with respect to the inputs, which training never needs: computed in the batch's
/// buffer, then copied to `d_inputs` (rows, in).
void input_gradients(const StepContext& step, const Worker& worker, const Rows& rows,
                     float* d_inputs);

}  // namespace chainrule
