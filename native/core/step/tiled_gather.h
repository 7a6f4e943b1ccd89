#pragma once

#include "step/context.h"

namespace chainrule {

/// Writes the images of this worker's blocks of a batch, straight from the dataset: over tiles, the
/// workspace holds nothing else of the batch.
void gather_images(const StepContext& step, const Worker& worker, const Batch& batch);

}  // namespace chainrule
