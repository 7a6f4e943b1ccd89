#include "plan.h"

#include <algorithm>
#include <string>

#include "error.h"

namespace chainrule {
namespace {

constexpr size_t kFloatsPerLine = 16;
// Rows of a tile of activations: several register tiles, and few enough to share a batch among
// threads.
constexpr size_t kTileRows = 56;
// Rows of a tile of a weight: with its moments and its gradient it stays in L1 or close to it.
constexpr size_t kWeightTileRows = 336;
// A's rows of one pass stay in half of an L2 of 1 MiB.
constexpr size_t kDepthFloats = 128 * 1024;
// Weights of more elements do not fit the caches beside the rest.
constexpr size_t kSharedWeight = 1024 * 1024;
// With less than this, some 6 us of work, a thread costs more in waiting than it takes over.
constexpr size_t kWorkForThread = 600'000;

size_t round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Rows of tiles of at most `most` rows, as equal as they can be.
size_t even_rows(size_t rows, size_t most) {
  const size_t tiles = std::max<size_t>(1, (rows + most - 1) / most);
  return std::max<size_t>(1, (rows + tiles - 1) / tiles);
}

/// Tiles of one panel's width.
TileGrid cut(size_t rows, size_t cols, size_t most_rows, bool by_columns, PanelShape shape) {
  return TileGrid(rows, cols, even_rows(rows, most_rows), shape.width(), by_columns);
}

}  // namespace

size_t product_depth(size_t rows) {
  return std::max<size_t>(256, kDepthFloats / std::max<size_t>(1, rows));
}

ParameterLayout make_parameter_layout(const NetworkSpec& spec, PanelShape shape) {
  ParameterLayout layout;
  size_t in = spec.input_size;
  for (const LayerSpec& layer : spec.layers) {
    const size_t rows = in + (layer.use_bias ? 1 : 0);
    layout.layers.push_back({in, layer.units, rows, layout.floats, shape});
    layout.floats += round_up(layout.layers.back().floats(), kFloatsPerLine);
    layout.count += rows * layer.units;
    in = layer.units;
  }
  return layout;
}

Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows) {
  Plan plan{};
  plan.rows = rows;
  size_t widest = spec.input_size;
  for (const LayerSpec& layer : spec.layers) widest = std::max(widest, layer.units);
  if (rows > kMaxElements / widest) {
    throw Error(ErrorCode::kOption, "a batch of " + std::to_string(rows) + " rows of " +
                                        std::to_string(widest) +
                                        " values has more than 2^31 - 1 of them");
  }
  const auto reserve = [&plan](size_t floats) {
    const size_t offset = plan.workspace_floats;
    plan.workspace_floats += round_up(floats, kFloatsPerLine);
    return offset;
  };
  const auto reserve_matrix = [&](size_t cols) {
    size_t stride = round_up(cols + 1, kFloatsPerLine);
    // Rows a multiple of 1 KiB apart would meet in few sets of the caches.
    if (stride % 256 == 0) stride += kFloatsPerLine;
    return Buffer{reserve(rows * stride), stride};
  };
  const PanelShape shape = layout.layers.front().shape;
  plan.inputs = reserve_matrix(spec.input_size);
  plan.targets = {reserve(rows * spec.output_size()), spec.output_size()};
  plan.row_scale = reserve(rows);
  size_t work = 0;
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    LayerPlan layer{};
    layer.parameters = layout.layers[l];
    const size_t in = layer.parameters.in;
    const size_t out = layer.parameters.out;
    layer.activation = spec.layers[l].activation;
    layer.slope = spec.layers[l].slope;
    layer.dropout = spec.layers[l].dropout;
    // Small weights are read by every thread, which keeps its rows of the batch from layer to
    // layer; large ones are shared out, so that each is read from memory once.
    layer.forward = cut(rows, out, kTileRows, in * out > kSharedWeight, shape);
    // By columns, so that a panel of the transposed weight is packed once.
    layer.d_input = cut(rows, in, kTileRows, true, shape);
    layer.d_weight = cut(layer.parameters.rows, out, kWeightTileRows, false, shape);
    layer.a = reserve_matrix(out);
    layer.delta = reserve_matrix(out);
    layer.dropped = layer.dropout > 0 ? reserve_matrix(out) : layer.a;
    plan.scratch_floats =
        std::max({plan.scratch_floats, layer.d_weight.tile_rows() * shape.width(),
                  std::min(round_up(out, shape.width()), product_depth(rows)) * shape.width()});
    work += rows * in * out * (l == 0 ? 2 : 3);
    plan.layers.push_back(layer);
  }
  plan.threads = std::clamp<size_t>(work / kWorkForThread, 1, spec.threads);
  return plan;
}

}  // namespace chainrule
