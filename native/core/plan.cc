#include "plan.h"

#include <algorithm>
#include <string>

#include "error.h"

namespace chainrule {
namespace {

constexpr size_t kFloatsPerLine = 16;
// Enough tiles to keep many cores busy, few enough that each is worth a GEMM call.
constexpr size_t kTilesPerMatrix = 16;
// A GEMM of fewer multiply-adds spends its time on packing and calling.
constexpr size_t kTileWork = 400'000;
// A tile of W with its moments and its gradient stays in L2.
constexpr size_t kWeightTileFloats = 64 * 1024;
// Below this a second thread costs more in waiting than it takes over: some 15 us of work.
constexpr size_t kWorkForThreads = 700'000;

size_t round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

size_t divide_up(size_t value, size_t by) { return (value + by - 1) / by; }

/// Cuts a (rows, cols) product of inner length `depth` into at most about kTilesPerMatrix tiles:
/// rows first, in multiples of 16, then columns, in multiples of 64, which whole microkernels fill.
TileGrid cut(size_t rows, size_t cols, size_t depth, size_t most_floats) {
  const size_t work = rows * cols * depth;
  const size_t tiles = std::clamp<size_t>(work / kTileWork, 1, kTilesPerMatrix);
  TileGrid grid{rows, cols, rows, cols};
  grid.tile_rows = std::min(rows, std::max<size_t>(64, round_up(divide_up(rows, tiles), 16)));
  const size_t tiles_down = divide_up(rows, grid.tile_rows);
  if (tiles > tiles_down) {
    grid.tile_cols =
        std::min(cols, std::max<size_t>(128, round_up(divide_up(cols * tiles_down, tiles), 64)));
  }
  while (grid.tile_rows * grid.tile_cols > most_floats) {
    if (grid.tile_rows > 256 || grid.tile_cols <= 64) {
      grid.tile_rows = std::max<size_t>(1, divide_up(grid.tile_rows, 2));
    } else {
      grid.tile_cols = round_up(divide_up(grid.tile_cols, 2), 16);
    }
  }
  return grid;
}

}  // namespace

ParameterLayout make_parameter_layout(const NetworkSpec& spec) {
  ParameterLayout layout;
  size_t in = spec.input_size;
  for (const LayerSpec& layer : spec.layers) {
    const size_t rows = in + (layer.use_bias ? 1 : 0);
    layout.layers.push_back({in, layer.units, rows, layout.floats});
    layout.floats += round_up(rows * layer.units, kFloatsPerLine);
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
  plan.inputs = reserve(rows * spec.input_size);
  plan.targets = reserve(rows * spec.output_size());
  plan.row_scale = reserve(rows);
  size_t work = 0;
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    const LayerLayout& parameters = layout.layers[l];
    LayerPlan layer{};
    layer.parameters = parameters;
    layer.activation = spec.layers[l].activation;
    layer.slope = spec.layers[l].slope;
    layer.forward = cut(rows, parameters.out, parameters.in, kMaxElements);
    layer.d_input = cut(rows, parameters.in, parameters.out, kMaxElements);
    layer.d_weight = cut(parameters.parameter_rows, parameters.out, rows, kWeightTileFloats);
    layer.a = reserve(rows * parameters.out);
    layer.delta = reserve(rows * parameters.out);
    layer.dropout = spec.layers[l].dropout;
    layer.dropped = layer.dropout > 0 ? reserve(rows * parameters.out) : layer.a;
    plan.tile_floats =
        std::max(plan.tile_floats, layer.d_weight.tile_rows * layer.d_weight.tile_cols);
    work += rows * parameters.in * parameters.out * (l == 0 ? 2 : 3);
    plan.layers.push_back(layer);
  }
  plan.threads = work < kWorkForThreads ? 1 : spec.threads;
  return plan;
}

}  // namespace chainrule
