#pragma once

#include <cstddef>
#include <vector>

#include "kernels/tile.h"
#include "model/layout.h"
#include "model/spec.h"

namespace chainrule {

/// A matrix of activations or deltas in the workspace: (rows, cols) at `offset`, rows `stride`
/// floats apart, so that there is room for a panel's last vector and, behind the last column, for a
/// constant 1.
struct Buffer {
  size_t offset = 0;
  size_t stride = 0;
};

/// One layer of a step on a batch of at most `Plan::rows` rows.
struct LayerPlan {
  LayerLayout parameters;
  Activation activation;
  float slope;
  double dropout;
  TileGrid forward;   // over A (rows, out): tiles of one panel's width
  TileGrid d_input;   // over dX (rows, in): likewise
  TileGrid d_weight;  // over the weight and its bias row (rows, out): likewise
  // Forward, what is smaller goes from core to core. By rows, a worker computes the whole rows that
  // it gathered, waits for nobody and reads all of the weight; otherwise it computes the columns
  // whose weights it updated itself, and reads all of the rows.
  bool forward_by_rows;
  // Likewise dX, where every layer above does so too: a worker then transposes all of the weight,
  // which takes less than waiting for another's part of it.
  bool backward_by_rows;
  Buffer a;        // A (rows, out)
  Buffer z;        // Z where the activation's derivative needs it, else A itself: g in place
  Buffer delta;    // dL/dZ (rows, out)
  Buffer dropped;  // A as dropout leaves it; A itself without dropout

  /// What the activation's derivative is a function of.
  const Buffer& derivative_from() const { return info_of(activation).needs_z ? z : a; }
};

/// How a training step goes from the batch to the new weights.
enum class StepPath {
  /// A tile of dW is used up by the optimizer where it was made: the gradient never stands in
  /// memory.
  kFused,
  /// All gradients first, then the update: for clipping by the norm of them all, for the mean
  /// gradient of an epoch, and for callers who ask for gradients.
  kTwoPasses,
  /// As kFused, by one thread, with the batch transposed and its rows in the lanes: for networks
  /// whose layers fill few lanes.
  kNarrow,
};

/// Everything that a step needs to know and need not decide. Nothing in it but its numbers of
/// threads depends on the number of threads, so the results do not either.
struct Plan {
  size_t rows;
  StepPath path;
  std::vector<LayerPlan> layers;
  Buffer inputs;     // the batch (rows, in)
  size_t row_scale;  // offset of (rows)
  // On the narrow path: rows up to the next multiple of a vector, so that the transposed buffers
  // are (cols + 1, narrow_rows). 0 on the others.
  size_t narrow_rows;
  size_t narrow_targets;  // offset of (out, narrow_rows)
  size_t workspace_floats;
  size_t tile_floats;     // of a thread's scratch memory: the largest tile of dW
  size_t scratch_floats;  // in all: that and a panel of delta, or a panel of a transposed weight
  bool packs_delta;       // a panel of delta has to be packed to stay in L1
  bool fetches_state;     // weights and moments come from memory rather than a cache
  size_t threads;         // worth waking up for a step
  size_t fit_threads;     // worth trying in a fit, whose steps follow each other
};

/// The most terms that one pass over a product adds up: a panel so deep still fits L2.
inline constexpr size_t kMostDepth = 2048;

/// The path for steps of `rows` rows; `needs_gradients` where all of them have to stand in memory.
StepPath choose_path(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows,
                     bool needs_gradients);

/// Plans steps of `rows` rows, and passes forward of up to so many, which any path serves. Throws
/// Error(kOption) where an activation would have more than kMaxElements elements.
Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows, StepPath path);

/// Threads that are worth waking up for one step of `rows` rows, or one pass forward.
size_t threads_worth(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows);

}  // namespace chainrule
