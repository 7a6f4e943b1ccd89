#include "step/step.h"

#include <cstring>

#include "step/backward.h"
#include "step/finite.h"
#include "step/forward.h"
#include "step/gather.h"
#include "step/loss.h"
#include "step/narrow.h"
#include "step/optimizer.h"
#include "step/update.h"

namespace chainrule {

StepLoss Step::train(const Worker& worker, const Batch& batch, const StepRates& rates) {
  // Read before the first barrier: worker 0 changes both once its own part is done.
  const Update update(step_.kernels, step_.spec.optimizer, rates, step_.state.step + 1);
  const bool was_tame = step_.state.is_tame;
  if (step_.plan.path == StepPath::kNarrow) {
    return train_narrow(step_, worker, batch, update, was_tame);
  }
  const bool fused = step_.plan.path == StepPath::kFused;
  Magnitudes seen;
  Magnitudes* const magnitudes = fused ? &seen : nullptr;
  const Rows rows = gather(step_, worker, batch, rates.dropout);
  if (fused) see_batch(step_, worker, batch, seen);
  forward(step_, worker, rows, step_.spec.loss_takes_logits(), magnitudes);
  delta_at_output(step_, worker, rows);
  if (fused) see_output_delta(step_, worker, rows, seen);
  backward_own_rows(step_, worker, rows, magnitudes);
  // Every worker has the same loss and so makes the same decision.
  const BatchLoss loss = total_loss(step_, worker, rows);
  StepLoss result = {loss.total, rows.weight, {}};
  if (!is_float(loss.total)) {
    if (worker.index == 0) result.fault = fault_of_loss(step_, rows);
    return result;
  }
  backward_others(step_, worker, rows, magnitudes);
  if (fused) {
    const double bound = gradient_bound(step_, worker, loss.penalty);
    if (!is_proved(step_, update, bound, was_tame)) {
      result.fault = try_fused(step_, worker, rows, update);
      if (result.fault) return result;
    }
    update_fused(step_, worker, rows, update);
  } else {
    backward_to_gradients(step_, worker, rows);
    result.fault = clip_and_update(step_, worker, update, rows.weight, was_tame);
    if (result.fault) return result;
  }
  if (worker.index == 0) ++step_.state.step;
  return result;
}

StepLoss Step::gradients(const Worker& worker, const Batch& batch, float* d_inputs) {
  const Rows rows = gather(step_, worker, batch, 0);
  forward(step_, worker, rows, step_.spec.loss_takes_logits());
  delta_at_output(step_, worker, rows);
  backward_own_rows(step_, worker, rows);
  const double loss = total_loss(step_, worker, rows).total;
  backward_others(step_, worker, rows);
  backward_to_gradients(step_, worker, rows);
  worker.wait_for_others();
  if (d_inputs != nullptr) input_gradients(step_, worker, rows, d_inputs);
  return {loss, rows.weight, {}};
}

StepLoss Step::evaluate(const Worker& worker, const Batch& batch, float* outputs) {
  const Rows rows = gather(step_, worker, batch, 0);
  const bool to_logits = step_.spec.loss_takes_logits();
  forward(step_, worker, rows, to_logits);
  delta_at_output(step_, worker, rows);
  const double loss = total_loss(step_, worker, rows).total;
  if (outputs != nullptr) {
    copy_outputs(worker, rows.count, outputs, to_logits);
    worker.wait_for_others();
  }
  return {loss, rows.weight, {}};
}

void Step::predict(const Worker& worker, const float* inputs, size_t count, float* outputs) {
  Rows rows;
  rows.count = count;
  gather_inputs(step_, worker, {.samples = {.rows = count, .inputs = inputs}, .rows = count});
  forward(step_, worker, rows, false);
  copy_outputs(worker, count, outputs, false);
  worker.wait_for_others();
}

/// Copies this worker's rows of the output layer; applies the activation to logits.
void Step::copy_outputs(const Worker& worker, size_t rows, float* outputs, bool are_logits) const {
  const LayerPlan& last = step_.plan.layers.back();
  const size_t out = last.parameters.out;
  for (size_t r = step_.first_row(worker, rows); r < step_.end_row(worker, rows); ++r) {
    std::memcpy(outputs + r * out, step_.at(last.a, r), out * sizeof(float));
    if (are_logits)
      step_.kernels.activation(last.activation)(1, out, out, outputs + r * out, outputs + r * out,
                                                0);
  }
}

}  // namespace chainrule
