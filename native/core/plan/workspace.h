#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/plan.h"
#include "runtime/memory.h"

namespace chainrule {

/// What a worker tells the others about its part of a step; a cache line of its own.
struct alignas(64) StepNotes {
  // Bounds of the sums of squares of what the weights' gradients are products of: the most of all
  // layers' inputs, of all deltas, and of the scale of the inputs with its layer's weight.
  double inputs;
  double deltas;
  double scale;
  // Of a step that was tried out: one more than the last layer with a fault, 0 for none.
  size_t fault_at;
  bool is_gradient;  // that fault
  bool is_tame;      // all moments after it
};

/// The buffers of a plan, allocated once.
struct Workspace {
  /// What a step needs besides its path's buffers.
  struct Extras {
    bool targets = false;       // copied, see copies_targets()
    bool gradient_sum = false;  // for the mean gradient of an epoch; two-pass path only
    bool gradients = false;     // all of them before the update; two-pass path only
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
  AlignedArray<StepNotes> notes;     // (threads)
  AlignedArray<float> scratch;       // (threads, scratch_floats)
  AlignedArray<uint16_t> images;     // see ImagePlan
  AlignedArray<uint16_t> panels;     // (threads, panel_words)
  AlignedArray<float> gradients;     // laid out like the parameters; two-pass path only
  AlignedArray<float> gradient_sum;  // likewise: sum of weight * gradient over an epoch's steps
};

}  // namespace chainrule
