#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "model/spec.h"
#include "runtime/memory.h"

namespace chainrule {

/// How a weight's columns are cut into panels: for our own kernels two vectors wide, for OpenBLAS
/// not at all.
struct PanelShape {
  size_t lanes;        // of a vector
  bool whole = false;  // one panel, as wide as the weight
  // The most rows of a weight's gradient whose operand is a strip (StripPlan); 0: it is no strip.
  size_t strip_rows = 0;
  size_t width() const { return whole ? kMaxElements : 2 * lanes; }
};

/// Columns of a weight that lie together: (parameter rows, width) row-major.
struct Panel {
  size_t offset;  // floats from the start of all parameters
  size_t col;     // of the weight
  size_t cols;    // of the weight; the floats from here up to `width` are zeros
  // One or two vectors. A thin panel, whose columns would fill at most half a vector, has just its
  // columns' width; otherwise the optimizer would work mostly on padding. So has a whole weight.
  size_t width;
};

/// The layout of a layer's parameters: W (in, out), cut into panels of columns, with the bias, if
/// any, as one more row. So a bias is a weight on a constant input 1, as in the mathematics, and
/// the weight is already packed for every product.
struct LayerLayout {
  size_t in, out;
  size_t rows;    // in, or in + 1 with a bias
  size_t offset;  // floats from the start of all parameters; a multiple of a cache line
  PanelShape shape;

  bool has_bias() const { return rows > in; }
  /// How many of `count` rows from row `row` on are the weight's, not the bias.
  size_t weight_rows(size_t row, size_t count) const {
    return std::min(count, in - std::min(in, row));
  }
  /// The panel that begins at column `col`, a multiple of the width.
  Panel panel_at(size_t col) const {
    const size_t cols = std::min(shape.width(), out - col);
    return {offset + col * rows, col, cols, width_of(cols)};
  }
  /// Whether a product writes whole vectors past the panel's end.
  bool is_thin(const Panel& panel) const { return !shape.whole && panel.width < shape.lanes; }
  /// Offset of the weight of unit `o` for input `i`, or of the bias if i = in.
  size_t at(size_t i, size_t o) const {
    const Panel panel = panel_at(o / shape.width() * shape.width());
    return panel.offset + i * panel.width + (o - panel.col);
  }
  size_t floats() const {
    const Panel last = panel_at((out - 1) / shape.width() * shape.width());
    return last.offset + last.width * rows - offset;
  }

 private:
  size_t width_of(size_t cols) const {
    if (shape.whole || 2 * cols <= shape.lanes) return cols;
    return cols > shape.lanes ? shape.width() : shape.lanes;
  }
};

/// Shapes and offsets of a network's parameters; moments and gradients have the same layout.
struct ParameterLayout {
  std::vector<LayerLayout> layers;
  size_t scale_offset = 0;  // of the scale of the inputs, after the layers; a multiple of a line
  size_t scale_size = 0;    // the inputs, or 0 for a network without a scale
  size_t floats = 0;        // including panels' padding and gaps between layers
  size_t count = 0;         // of parameters
};
ParameterLayout make_parameter_layout(const NetworkSpec& spec, PanelShape shape);

/// Parameters as they are outside the core: for each layer W (out, in), row-major, then the bias;
/// at the end the scale of the inputs.
/// `flat` has layout.count values, `from` and `to` have layout.floats.
void flatten(const ParameterLayout& layout, const AlignedArray<float>& from, std::span<float> flat);
void unflatten(const ParameterLayout& layout, std::span<const float> flat, AlignedArray<float>& to);

}  // namespace chainrule
