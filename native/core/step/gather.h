#pragma once

#include "step/context.h"

namespace chainrule {

/// Whether steps on these samples, in order or reordered, need Workspace::targets.
bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered);

/// The first phase of a step: copies the batch from the samples. A worker gathers its own rows.
Rows gather(const StepContext& step, const Worker& worker, const Batch& batch, bool dropout);

/// Like gather(), but only the inputs. Returns Rows::next.
std::span<const uint32_t> gather_inputs(const StepContext& step, const Worker& worker,
                                        const Batch& batch);

/// Writes each row's weight in the batch's loss to `row_scale`. Returns the sum of the weights.
double scale_rows(const StepContext& step, const Worker& worker, const Batch& batch);

/// The batch's labels, or its targets (rows, out) with these strides. Smoothed labels become
/// targets.
void gather_targets(const StepContext& step, const Worker& worker, const Batch& batch,
                    float* targets, size_t by_row, size_t by_col);

}  // namespace chainrule
