#pragma once

#include "step/context.h"

namespace chainrule {

/// Whether steps on these samples, in order or reordered, need Workspace::targets.
bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered);

/// The first phase of a step: copies the batch from the samples. A worker gathers its own rows. On
/// the narrow path the copies are transposed; the constants 1 after them never change. Over tiles
/// the inputs become images, of a worker's own columns if Plan::gathers_columns(): see
/// gather_images().
Rows gather(const StepContext& step, const Worker& worker, const Batch& batch, double dropout);

/// Like gather(), but only the inputs. Returns Rows::next.
std::span<const uint32_t> gather_inputs(const StepContext& step, const Worker& worker,
                                        const Batch& batch);

}  // namespace chainrule
