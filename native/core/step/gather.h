#pragma once

#include "step/context.h"

namespace chainrule {

/// Whether steps on these samples, in their own or some other order, need Workspace::targets.
bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered);

/// The first part of a step: the batch from the samples. A worker gathers its own rows.
Rows gather(const StepContext& step, const Worker& worker, const Batch& batch, bool dropout);

/// The inputs alone, see gather(). Returns what Rows::next says.
std::span<const uint32_t> gather_inputs(const StepContext& step, const Worker& worker,
                                        const Batch& batch);

/// Leaves each row's share of the batch's loss in `row_scale`. Returns the sum of the weights.
double scale_rows(const StepContext& step, const Worker& worker, const Batch& batch);

/// The batch's labels, or its targets (rows, out) by these strides. Smoothed labels become targets.
void gather_targets(const StepContext& step, const Worker& worker, const Batch& batch,
                    float* targets, size_t by_row, size_t by_col);

}  // namespace chainrule
