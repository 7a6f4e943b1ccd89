#include "step/gather.h"

#include <algorithm>

#include "step/strips.h"
#include "step/tiled_gather.h"

namespace chainrule {
namespace {

// The most bytes of the next batch to prefetch into L1 while this one is gathered.
constexpr size_t kFetchedAtOnce = 16 * 1024;

/// Writes each row's share of the batch's loss to `row_scale`. Returns the sum of the weights of
/// all rows of the batch.
double scale_rows(const StepContext& step, const Worker& worker, const Batch& batch) {
  const Samples& from = batch.samples;
  const size_t end = step.end_row(worker, batch.rows);
  float* row_scale = step.at(step.plan.row_scale);
  if (from.weights == nullptr) {
    const double weight = step.sum_over_batch(
        worker, [&](double sum) { return sum + static_cast<double>(batch.rows); });
    std::fill(row_scale + step.first_row(worker, batch.rows), row_scale + end,
              static_cast<float>(1 / weight));
    return weight;
  }
  const auto weight_of = [&](size_t r) {
    return static_cast<double>(from.weights[batch.order == nullptr ? r : batch.order[r]]);
  };
  const double weight = step.sum_over_batch(worker, [&](double sum) {
    for (size_t r = 0; r < batch.rows; ++r) sum += weight_of(r);
    return sum;
  });
  // A batch whose weights are all zero trains nothing, but must not divide by zero.
  const double scale = weight > 0 ? 1 / weight : 0;
  for (size_t r = step.first_row(worker, batch.rows); r < end; ++r) {
    row_scale[r] = static_cast<float>(weight_of(r) * scale);
  }
  return weight;
}

/// This worker's rows of the next batch.
std::span<const uint32_t> next_rows(const StepContext& step, const Worker& worker,
                                    const Batch& batch) {
  const size_t rows = std::min(batch.rows, batch.rows_after);
  const size_t first = step.first_row(worker, rows);
  return {batch.order + batch.rows + first, step.end_row(worker, rows) - first};
}

/// Copies the batch's labels to the workspace, or its targets to `targets` with these strides.
/// Smoothed labels become targets.
void gather_targets(const StepContext& step, const Worker& worker, const Batch& batch,
                    float* targets, size_t by_row, size_t by_col) {
  const Samples& from = batch.samples;
  const auto row_of = [&batch](size_t r) { return batch.order == nullptr ? r : batch.order[r]; };
  const size_t first = step.first_row(worker, batch.rows);
  const size_t end = step.end_row(worker, batch.rows);
  if (from.labels != nullptr && step.spec.label_smoothing == 0) {
    for (size_t r = first; r < end; ++r) step.workspace.labels[r] = from.labels[row_of(r)];
    return;
  }
  // y' = (1 - s) y + s / classes; a yes/no label has two classes
  const size_t out = step.spec.output_size();
  const float keep = static_cast<float>(1 - step.spec.label_smoothing);
  const bool are_labels = info_of(step.spec.loss).task == Task::kLabels;
  const double classes = are_labels ? 2 : static_cast<double>(out);
  const float share = static_cast<float>(step.spec.label_smoothing / classes);
  for (size_t r = first; r < end; ++r) {
    const size_t row = row_of(r);
    for (size_t j = 0; j < out; ++j) {
      const float y = from.labels == nullptr ? from.targets[row * out + j]
                                             : static_cast<size_t>(from.labels[row]) == j;
      targets[r * by_row + j * by_col] = keep * y + share;
    }
  }
}

}  // namespace

bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered) {
  return spec.label_smoothing > 0 || (ordered && samples.targets != nullptr);
}

Rows gather(const StepContext& step, const Worker& worker, const Batch& batch, double dropout) {
  const Samples& from = batch.samples;
  const bool transposed = step.is_transposed();
  const bool labels = from.labels != nullptr && step.spec.label_smoothing == 0;
  Rows rows = {.count = batch.rows,
               .first = step.part == nullptr ? 0 : step.part->first_row,
               .targets = from.targets,
               .labels = from.labels,
               .weight = scale_rows(step, worker, batch),
               .step = static_cast<uint32_t>(step.state.step + 1),
               .dropout = dropout,
               .next = gather_inputs(step, worker, batch),
               .inputs = from.inputs};
  if (batch.order == nullptr && step.spec.label_smoothing == 0 && !transposed) return rows;
  float* targets = transposed ? step.at(step.plan.narrow_targets) : step.workspace.targets.data();
  gather_targets(step, worker, batch, targets, transposed ? 1 : step.spec.output_size(),
                 transposed ? step.plan.narrow_rows : 1);
  rows.targets = labels ? nullptr : targets;
  rows.labels = labels ? step.workspace.labels.data() : nullptr;
  return rows;
}

/// Also handles the next batch's rows: small ones are prefetched here, large ones are returned, to
/// be prefetched during the step. Over tiles all are returned, if the step's products prefetch and
/// the next share is of rows.
std::span<const uint32_t> gather_inputs(const StepContext& step, const Worker& worker,
                                        const Batch& batch) {
  if (step.plan.tiles != nullptr) {
    gather_images(step, worker, batch);
    if (batch.order == nullptr || !step.plan.fetches || step.plan.gathers_columns()) return {};
    return next_rows(step, worker, batch);
  }
  const size_t first = step.first_row(worker, batch.rows);
  const size_t own = step.end_row(worker, batch.rows) - first;
  const size_t in = step.spec.input_size;
  const bool transposed = step.is_transposed();
  RowGather rows = {
      .rows = own,
      .cols = in,
      .from = batch.samples.inputs,
      .order = batch.order,
      .to = transposed ? step.at(step.plan.inputs.offset) : step.at(step.plan.inputs, first),
      .stride = transposed ? step.plan.narrow_rows : step.plan.inputs.stride};
  std::span<const uint32_t> next;
  if (batch.order == nullptr) {
    rows.from += first * in;
  } else {
    rows.order += first;
    next = next_rows(step, worker, batch);
  }
  if (transposed || own * in * sizeof(float) <= kFetchedAtOnce) {
    rows.next = next;
    next = {};
  }
  (transposed ? step.kernels.gather_transposed : step.kernels.gather)(rows);
  copy_to_strips(step, 0, {first, own, 0, in}, step.plan.inputs);
  return next;
}

}  // namespace chainrule
