#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "model/spec.h"
#include "kernels/tile.h"

namespace chainrule {

/// How wide the kernels work: a vector, and a panel of two.
struct PanelShape {
  size_t lanes;
  size_t width() const { return 2 * lanes; }
};

/// Columns of a weight that lie together: (parameter rows, width) row-major.
struct Panel {
  size_t offset;  // floats from the start of all parameters
  size_t col;     // of the weight
  size_t cols;    // of the weight; the floats beyond, up to `width`, are zeros
  // One or two vectors; but a thin panel, whose columns would fill at most half a vector, is only
  // as wide as they are, or most of what an optimizer works on would be nothing.
  size_t width;
};

/// Where a layer's parameters lie: W (in, out), cut into panels of columns, and, where the layer
/// has one, the bias as one more row. So a bias is what it is in the mathematics, a weight on a
/// constant input 1, and every product finds its operand ready packed.
struct LayerLayout {
  size_t in, out;
  size_t rows;    // in, or in + 1 with a bias
  size_t offset;  // floats from the start of all parameters; a multiple of a cache line
  PanelShape shape;

  bool has_bias() const { return rows > in; }
  /// The panel that begins at column `col`, a multiple of the width.
  Panel panel_at(size_t col) const {
    const size_t cols = std::min(shape.width(), out - col);
    const size_t width = cols > shape.lanes       ? shape.width()
                         : 2 * cols > shape.lanes ? shape.lanes
                                                  : cols;
    return {offset + col * rows, col, cols, width};
  }
  bool is_thin(const Panel& panel) const { return panel.width < shape.lanes; }
  /// Offset of the weight of unit `o` on input `i`, or with i = in of its bias.
  size_t at(size_t i, size_t o) const {
    const Panel panel = panel_at(o / shape.width() * shape.width());
    return panel.offset + i * panel.width + (o - panel.col);
  }
  size_t floats() const {
    const Panel last = panel_at((out - 1) / shape.width() * shape.width());
    return last.offset + last.width * rows - offset;
  }
};

/// Shapes and offsets of a network's parameters; moments and gradients have the same layout.
struct ParameterLayout {
  std::vector<LayerLayout> layers;
  size_t floats = 0;  // with panels filled up and gaps between layers
  size_t count = 0;   // of parameters
};
ParameterLayout make_parameter_layout(const NetworkSpec& spec, PanelShape shape);

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
  Buffer delta;    // dL/dZ (rows, out)
  Buffer dropped;  // A as dropout leaves it; A itself without dropout
};

/// Everything that a step needs to know and need not decide. Nothing in it but its numbers of
/// threads depends on the number of threads, so the results do not either.
struct Plan {
  size_t rows;
  std::vector<LayerPlan> layers;
  Buffer inputs;     // the batch (rows, in)
  size_t row_scale;  // offset of (rows)
  // Rows up to the next multiple of a vector where the network is narrow, else 0. A training step
  // of a narrow one without clipping computes with the batch transposed, its rows in the lanes
  // (step_narrow.cc); the buffers have room for that: (cols + 1, narrow_rows).
  size_t narrow_rows;
  size_t narrow_targets;  // offset of (out, narrow_rows)
  bool narrow() const { return narrow_rows > 0; }
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

/// Plans steps of `rows` rows. Throws Error(kOption) where an activation would have more than
/// kMaxElements elements.
Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows);

}  // namespace chainrule
