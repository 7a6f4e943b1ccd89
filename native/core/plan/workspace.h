#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/memory.h"
#include "plan/plan.h"

namespace chainrule {

/// What training changes: parameters and moments, all in the one layout.
struct State {
  AlignedArray<float> parameters;
  AlignedArray<float> first_moment;   // or velocity; empty for sgd
  AlignedArray<float> second_moment;  // empty unless adam
  uint64_t step = 0;                  // steps taken

  size_t bytes() const { return parameters.bytes() + first_moment.bytes() + second_moment.bytes(); }
};

/// The buffers of a plan, allocated once.
struct Workspace {
  /// What a step needs beyond the fused path's buffers.
  struct Extras {
    bool targets = false;       // copied, see Step::copies_targets
    bool gradients = false;     // for clipping, and for callers who ask for them
    bool gradient_sum = false;  // for the mean gradient of an epoch
    bool operator==(const Extras&) const = default;
  };
  Workspace(Plan plan, Extras extras);

  size_t bytes() const;

  Plan plan;
  Extras extras;
  AlignedArray<float> floats;
  AlignedArray<int32_t> labels;      // (rows), gathered
  AlignedArray<float> targets;       // (rows, out), gathered or smoothed; empty if not copied
  AlignedArray<double> row_loss;     // (rows)
  AlignedArray<double> tile_sums;    // one for each tile of every weight
  AlignedArray<float> scratch;       // (threads, scratch_floats)
  AlignedArray<float> gradients;     // in the layout of the parameters; empty on the fused path
  AlignedArray<float> gradient_sum;  // alike: sum of weight * gradient over an epoch's steps
};

}  // namespace chainrule
