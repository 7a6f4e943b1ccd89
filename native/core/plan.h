#pragma once

#include <cstddef>
#include <vector>

#include "spec.h"
#include "tile.h"

namespace chainrule {

/// Where a layer's parameters lie: W (in, out) row-major and, where the layer has one, the bias as
/// one more row. So a bias is what it is in the mathematics, a weight on a constant input 1.
struct LayerLayout {
  size_t in, out;
  size_t parameter_rows;  // in, or in + 1 with a bias
  size_t offset;          // floats from the start of all parameters; a multiple of 16
  bool has_bias() const { return parameter_rows > in; }
  size_t bias_offset() const { return offset + in * out; }
};

/// Shapes and offsets of a network's parameters; moments and gradients have the same layout.
struct ParameterLayout {
  std::vector<LayerLayout> layers;
  size_t floats = 0;  // with the gaps between layers
  size_t count = 0;   // without
};
ParameterLayout make_parameter_layout(const NetworkSpec& spec);

/// One layer of a step on a batch of at most `Plan::rows` rows.
struct LayerPlan {
  LayerLayout parameters;
  Activation activation;
  float slope;
  double dropout;
  TileGrid forward;   // over A (rows, out)
  TileGrid d_input;   // over dX (rows, in)
  TileGrid d_weight;  // over W and its bias row (parameter_rows, out)
  size_t a;           // offset of A (rows, out) in the workspace
  size_t delta;       // offset of delta (rows, out)
  size_t dropped;  // offset of A (rows, out) as dropout leaves it; that of A itself without dropout
};

/// Everything that a step needs to know and need not decide. Nothing in it but `threads` depends on
/// the number of threads, so the results do not either.
struct Plan {
  size_t rows;
  std::vector<LayerPlan> layers;
  size_t inputs;     // offset of the gathered batch (rows, in)
  size_t targets;    // offset of the gathered targets (rows, out)
  size_t row_scale;  // offset of (rows)
  size_t workspace_floats;
  size_t tile_floats;  // the largest tile of a weight: a thread's scratch
  size_t threads;      // worth using for this step
};

/// Plans steps of `rows` rows. Throws Error(kOption) where an activation would have more than
/// kMaxElements elements.
Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows);

}  // namespace chainrule
