#include "step/gather.h"

#include <algorithm>

namespace chainrule {
namespace {

// The most bytes of the next batch to prefetch into L1 while this one is gathered.
constexpr size_t kFetchedAtOnce = 16 * 1024;

}  // namespace

bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered) {
  return spec.label_smoothing > 0 || (ordered && samples.targets != nullptr);
}

double scale_rows(const StepContext& step, const Worker& worker, const Batch& batch) {
  const Samples& from = batch.samples;
  const size_t end = worker.end_of(batch.rows);
  float* row_scale = step.at(step.plan.row_scale);
  if (from.weights == nullptr) {
    const double weight = static_cast<double>(batch.rows);
    std::fill(row_scale + worker.first_of(batch.rows), row_scale + end,
              static_cast<float>(1 / weight));
    return weight;
  }
  const auto weight_of = [&](size_t r) {
    return static_cast<double>(from.weights[batch.order == nullptr ? r : batch.order[r]]);
  };
  double weight = 0;
  for (size_t r = 0; r < batch.rows; ++r) weight += weight_of(r);
  // A batch whose weights are all zero trains nothing, but must not divide by zero.
  const double scale = weight > 0 ? 1 / weight : 0;
  for (size_t r = worker.first_of(batch.rows); r < end; ++r) {
    row_scale[r] = static_cast<float>(weight_of(r) * scale);
  }
  return weight;
}

Rows gather(const StepContext& step, const Worker& worker, const Batch& batch, bool dropout) {
  const Samples& from = batch.samples;
  const double weight = scale_rows(step, worker, batch);
  const std::span<const uint32_t> next = gather_inputs(step, worker, batch);
  const bool copies = batch.order != nullptr || step.spec.label_smoothing > 0;
  if (copies)
    gather_targets(step, worker, batch, step.workspace.targets.data(), step.spec.output_size(), 1);
  const bool labels = from.labels != nullptr && step.spec.label_smoothing == 0;
  return {.count = batch.rows,
          .targets = labels   ? nullptr
                     : copies ? step.workspace.targets.data()
                              : from.targets,
          .labels = !labels  ? nullptr
                    : copies ? step.workspace.labels.data()
                             : from.labels,
          .weight = weight,
          .step = static_cast<uint32_t>(step.state.step + 1),
          .dropout = dropout,
          .next = next,
          .inputs = from.inputs};
}

/// Also handles the next batch's rows: small ones are prefetched here, large ones are returned, to
/// be prefetched during the step.
std::span<const uint32_t> gather_inputs(const StepContext& step, const Worker& worker,
                                        const Batch& batch) {
  const size_t first = worker.first_of(batch.rows);
  const size_t own = worker.end_of(batch.rows) - first;
  const size_t in = step.spec.input_size;
  RowGather rows = {.rows = own,
                    .cols = in,
                    .from = batch.samples.inputs,
                    .order = batch.order,
                    .to = step.at(step.plan.inputs, first),
                    .stride = step.plan.inputs.stride};
  std::span<const uint32_t> next;
  if (batch.order == nullptr) {
    rows.from += first * in;
  } else {
    rows.order += first;
    const size_t next_rows = std::min(batch.rows, batch.rows_after);
    const size_t next_first = worker.first_of(next_rows);
    next = {batch.order + batch.rows + next_first, worker.end_of(next_rows) - next_first};
    if (own * in * sizeof(float) <= kFetchedAtOnce) {
      rows.next = next;
      next = {};
    }
  }
  step.kernels.gather(rows);
  return next;
}

void gather_targets(const StepContext& step, const Worker& worker, const Batch& batch,
                    float* targets, size_t by_row, size_t by_col) {
  const Samples& from = batch.samples;
  const auto row_of = [&batch](size_t r) { return batch.order == nullptr ? r : batch.order[r]; };
  const size_t first = worker.first_of(batch.rows);
  const size_t end = worker.end_of(batch.rows);
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

}  // namespace chainrule
