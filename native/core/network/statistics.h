#pragma once

#include <vector>

#include "plan/plan.h"
#include "plan/workspace.h"

namespace chainrule {

/// The health of one layer; see LayerStatistics in src/engine/contract.ts.
struct LayerStatistics {
  double saturated = 0;      // fraction of (row, unit) pairs at the ends of sigmoid or tanh
  double dead = 0;           // fraction of relu units that are 0 for every row
  double gradient_norm = 0;  // L2 norms over the weight, without the bias
  double weight_norm = 0;
  double update_ratio = 0;  // of the epoch's last step
};

/// Reads the activations and gradients of `rows` rows that Step::gradients has just written to the
/// workspace. `now` are the parameters, `before` those before the last step; empty for none.
/// Not optimized: it runs once an epoch, and only on request.
std::vector<LayerStatistics> layer_statistics(const Workspace& workspace, size_t rows,
                                              bool output_is_logits, const AlignedArray<float>& now,
                                              const AlignedArray<float>& before);

}  // namespace chainrule
