#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/tile.h"
#include "model/layout.h"
#include "model/spec.h"
#include "plan/phase.h"
#include "plan/products.h"

namespace chainrule {

/// A matrix of activations or deltas in the workspace: (rows, cols) at `offset`, rows `stride`
/// floats apart. The stride leaves room for a panel's last vector and for a constant 1 after the
/// last column.
///
/// Where only tiles of one panel are read and written, between products over tiles of bf16, it lies
/// panel by panel instead, each (rows, 32): a tile is contiguous then.
struct Buffer {
  size_t offset = 0;
  size_t stride = 0;
  size_t panel = 0;  // floats from one panel to the next; 0 if the matrix lies row by row
  size_t last_panel = SIZE_MAX;  // 2^n - 1 if there is room for 2^n panels, which take turns

  size_t at(size_t row, size_t col) const {
    if (panel == 0) return offset + row * stride + col;
    return offset + (col / kBlock & last_panel) * panel + row * stride + col % kBlock;
  }
};

/// Where the images (kernels/tiles.h) of a layer's input and delta begin in Workspace::images, if
/// products are over tiles; kNoImages if nothing reads them. Blocks of the depth follow one
/// another.
struct ImagePlan {
  static constexpr size_t kNoImages = SIZE_MAX;

  size_t input;                         // left operands of Z: (blocks of rows, blocks of in)
  size_t input_transposed = kNoImages;  // left operands of dW: (blocks of in, blocks of rows)
  size_t delta = kNoImages;             // left operands of dX: (blocks of rows, blocks of out)
  size_t delta_right = kNoImages;       // right operands of dW: (blocks of out, blocks of rows)
};

/// A product's depth: from `first`, which begins a block, to `end`.
struct Depth {
  size_t first, end;
  size_t size() const { return end - first; }
};

/// Over tiles, a product A_{l-1} W_l whose depth is cut into segments. Z is the sum of their sums.
///
/// Tiles of one segment are numbered before those of the next. So each of two workers reads the
/// columns of A_{l-1} and the rows of W_l that it wrote itself, and nothing moves between cores but
/// these sums.
struct SegmentPlan {
  size_t count = 1;       // one: the product is not cut, and nothing else is used
  Buffer sums = {};       // of the first segment (rows, out), panel by panel
  size_t floats = 0;      // from one segment's sums to the next one's
  Phase join_phase = {};  // the sum of the sums, and what follows from it

  Buffer sums_of(size_t segment) const {
    Buffer buffer = sums;
    buffer.offset += segment * floats;
    return buffer;
  }
};

/// A second copy of a layer's input X, for dW = X^T delta: (strips, rows, columns of a strip). A
/// register tile of dW reads consecutive lines of it, where of X itself it would read one line of
/// every row. Each tile of dW begins a strip.
struct StripPlan {
  size_t cols = 0;  // of a strip; 0: there is no copy, and nothing else is used
  size_t offset = 0;
  size_t floats = 0;     // from one strip to the next
  size_t tile_rows = 0;  // of dW
  size_t in_tile = 0;    // strips of a tile of dW

  /// Where column `col` of X begins.
  size_t at(size_t col) const {
    const size_t within = col % tile_rows;
    const size_t strip = col / tile_rows * in_tile + within / cols;
    return offset + strip * floats + within % cols;
  }
  /// Columns from `col` on that the same strip has.
  size_t columns_from(size_t col) const {
    const size_t within = col % tile_rows;
    return std::min(cols - within % cols, tile_rows - within);
  }
};

/// One layer of a step on a batch of at most `Plan::rows` rows.
struct LayerPlan {
  LayerLayout parameters;
  Activation activation;
  float slope;
  double dropout;
  bool has_factors;   // of the optimizer's coefficients
  TileGrid forward;   // over A (rows, out): tiles of one panel's width
  TileGrid d_input;   // over dX (rows, in): likewise
  TileGrid d_weight;  // over the weight and its bias row (rows, out): likewise
  Phase forward_phase;
  SegmentPlan segments;
  Phase d_input_phase;   // of all layers but the first
  Phase d_weight_phase;  // with the update of the weight, except on the two-pass path
  Buffer a;              // A (rows, out)
  Buffer z;          // Z if the activation's derivative needs it; otherwise A, and g works in place
  Buffer delta;      // dL/dZ (rows, out)
  StripPlan strips;  // of the layer's input
  Buffer dropped;    // A after dropout; A itself without dropout
  // Whether A is stored. Of a hidden layer over tiles its images may do, and delta never is.
  bool keeps_a;
  ImagePlan images;
  Buffer delta_sums;  // over tiles: of delta's columns, for each block of rows (blocks, out)

  Depth depth() const { return {0, parameters.in}; }
  /// Segment `number` of the depth: the blocks that are the share of one of as many workers.
  Depth segment(size_t number) const {
    const size_t blocks = blocks_of(parameters.in);
    const size_t end = blocks * (number + 1) / segments.count * kBlock;
    return {blocks * number / segments.count * kBlock, std::min(parameters.in, end)};
  }
  /// The argument of the activation's derivative.
  const Buffer& derivative_from() const { return info_of(activation).needs_z ? z : a; }
};

/// The scale g of the inputs. Products take V = diag(g) W instead of the first layer's weight, so
/// that dX, which would cost as much as a layer, is never needed: with dV = X^T delta,
/// dW = diag(g) dV and dg_i = sum_o W_io dV_io.
struct InputScalePlan {
  size_t inputs = 0;  // 0 for a network without a scale; nothing else is used then
  size_t offset = 0;  // of g among the parameters
  size_t weight = 0;  // offset of V in the workspace, laid out like the first layer's weight
  size_t sums = 0;    // offset of (panels, stride): sum_o W_io dV_io over each panel's columns
  size_t stride = 0;
  size_t panels = 0;
  Phase weigh_phase;  // V from W and g
  Phase sum_phase;    // dg from the panels' sums; on the fused path with the update of g
};

/// How a training step gets from the batch to the new weights.
enum class StepPath {
  /// The optimizer consumes a tile of dW where it was computed; the gradient is never stored.
  kFused,
  /// All gradients first, then the update: for clipping by the global norm, for an epoch's mean
  /// gradient, and for callers who ask for gradients.
  kTwoPasses,
  /// Like kFused, on one thread, with a transposed batch whose rows are in the lanes: for networks
  /// whose layers fill few lanes.
  kNarrow,
};

/// What a plan's steps are for.
enum class Purpose : uint8_t {
  kTraining,
  kGradients,  // for a caller, who may also ask for those of the inputs, or look at activations
  kInference,  // forward passes alone, on weights that stay as they are
};

/// All decisions of a step, made in advance. Only `threads`, `fit_threads` and the room that
/// threads need depend on the number of threads, so the results do not.
struct Plan {
  size_t rows;
  StepPath path;
  Purpose purpose;
  // Of products over tiles; null for float32, and then the next five are unused.
  const TileKernels* tiles;
  Bf16Terms terms;
  size_t all_image_words;  // of all images of activations and deltas
  size_t panel_words;      // of a thread's images of two panels of a weight
  Buffer sums;             // a worker's, of products whose results are not stored
  size_t sums_floats;      // from one worker's to the next one's
  std::vector<LayerPlan> layers;
  InputScalePlan scale;
  Buffer inputs;       // the batch (rows, in); over tiles dX of the first layer, if it is for that
  size_t row_scale;    // offset of (rows)
  Phase output_phase;  // dL/dZ of the output layer, and every row's loss
  Phase loss_phase;    // the batch's loss
  Phase check_phase;   // whether the step is finite, after all deltas
  Phase norm_phase;    // of the gradient, and
  Phase update_phase;  // of all weights, on the two-pass path
  // On the narrow path: rows rounded up to whole vectors; transposed buffers are
  // (cols + 1, narrow_rows). 0 on the other paths.
  size_t narrow_rows;
  size_t narrow_targets;  // offset of (out, narrow_rows)
  size_t narrow_delta;    // offset of a panel of delta in the scratch memory
  size_t most_depth;      // of one pass over a product
  size_t workspace_floats;
  size_t tile_floats;     // of a thread's scratch memory: the largest tile of dW
  size_t scratch_floats;  // in all: that and a panel of delta, or a panel of a transposed weight
  bool packs_delta;       // a panel of delta must be packed to stay in L1
  bool fetches;           // products prefetch what they are told to
  bool fetches_state;     // namely weights and moments: they come from memory, not from a cache
  bool state_is_far;      // from memory beyond all caches, and products do not prefetch it
  size_t threads;         // worth waking for a single step
  size_t fit_threads;     // worth trying in a fit, whose steps follow each other

  /// Blocks of the batch's rows.
  size_t row_blocks() const { return blocks_of(rows); }
  /// Whether a worker gathers its columns of the batch, not its rows: those of its segments.
  bool gathers_columns() const { return layers.front().segments.count > 1; }
  /// Reserves room for so many floats in the workspace. Returns its offset.
  size_t reserve(size_t floats);
  /// Slices of a product's depth, over tiles, whose operands stay in cache, and the number of
  /// panels that take turns with each.
  size_t slices_of(size_t depth) const;
  size_t panels_in_turn(size_t depth) const;
};

/// The greatest depth that one pass over a product sums: a panel of this depth still fits in L2.
inline constexpr size_t kMostDepth = 2048;

/// The path for steps of `rows` rows. `needs_gradients`: all gradients must be stored.
StepPath choose_path(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows,
                     bool needs_gradients, const Products& products = {});

/// Plans steps of `rows` rows, and forward passes of up to `rows` rows, which work with any path.
/// Throws Error(kOption) if an activation would have more than kMaxElements elements.
Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows, StepPath path,
               const Products& products = {}, Purpose purpose = Purpose::kTraining);

/// Threads worth waking for one step, or one forward pass, of `rows` rows.
size_t threads_worth(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows);

}  // namespace chainrule
