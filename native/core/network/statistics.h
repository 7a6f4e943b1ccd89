#pragma once

#include <vector>

#include "plan/plan.h"
#include "plan/workspace.h"

namespace chainrule {

/// The health of one layer; see LayerStatistics in src/engine/contract.ts.
struct LayerStatistics {
  double saturated = 0;      // share of (row, unit) pairs at sigmoid's or tanh's ends
  double dead = 0;           // share of relu units that no row brings to life
  double gradient_norm = 0;  // L2 norms by the weight, without the bias
  double weight_norm = 0;
  double update_ratio = 0;  // of the epoch's last step
};

/// From a workspace in which Step::gradients has just left activations and gradients of `rows`
/// rows. `now` are the parameters, `before` the parameters before the last step; empty for none.
/// Nothing here is fast: it runs once an epoch, and only when asked for.
std::vector<LayerStatistics> layer_statistics(const Workspace& workspace, size_t rows,
                                              bool output_is_logits, const AlignedArray<float>& now,
                                              const AlignedArray<float>& before);

}  // namespace chainrule
