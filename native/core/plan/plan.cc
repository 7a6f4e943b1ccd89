#include "plan/plan.h"

#include <algorithm>
#include <string>

#include "runtime/error.h"
#include "runtime/memory.h"

namespace chainrule {
namespace {

// Rows of a tile of activations: several register tiles, still in L1 when the activation follows.
constexpr size_t kTileRows = 56;
// Rows of a tile of a weight: with its moments and its gradient it stays in L2. Small weights are
// cut into kFewTiles all the same, for as many threads, but not into less than two register tiles.
constexpr size_t kWeightTileRows = 336;
constexpr size_t kLeastWeightTileRows = 28;
constexpr size_t kFewTiles = 8;
// Rows of a panel of delta that stay in L1 although they lie a matrix's row apart.
constexpr size_t kSpreadRows = 256;
// A weight of so many elements is transposed in the time that it takes to wait for others.
constexpr size_t kSmallWeight = 4096;
// Weights and moments of more bytes are not where the last step left them.
constexpr size_t kCachedState = 2 << 20;
// With less than this, some 6 us of work, a thread costs more in waking up than it takes over.
constexpr size_t kWorkForThread = 600'000;
// And with less than this, some 2 us, more in waiting, even where it need not wake up.
constexpr size_t kWorkForFitThread = 250'000;

/// Multiply-adds of a step.
size_t work_of(const ParameterLayout& layout, size_t rows) {
  size_t work = 0;
  for (const LayerLayout& layer : layout.layers) {
    work += rows * layer.in * layer.out * (&layer == &layout.layers.front() ? 2 : 3);
  }
  return work;
}

/// Whether a step is better off with the batch's rows in the lanes than with the units. It asks for
/// fewer multiply-adds where outputs fill few lanes, and for more where the batch does. It is one
/// thread's, and so for what is not worth two.
bool is_narrow(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows) {
  if (work_of(layout, rows) >= 2 * kWorkForFitThread) return false;
  if (info_of(spec.layers.back().activation).row_wise && !spec.loss_takes_logits()) {
    return false;
  }
  size_t by_rows = 0;     // vectors of multiply-adds with the rows in the lanes,
  size_t by_columns = 0;  // and with the columns
  for (const LayerLayout& layer : layout.layers) {
    const size_t lanes = layer.shape.lanes;
    if (layer.rows > kMostDepth || layer.out > kMostDepth) return false;
    const auto vectors = [lanes](size_t size) { return (size + lanes - 1) / lanes; };
    by_rows += layer.rows * layer.out * vectors(rows);
    by_columns += layer.rows * rows * vectors(layer.out);
    if (&layer == &layout.layers.front()) continue;
    by_rows += layer.in * layer.out * vectors(rows);
    by_columns += layer.out * rows * vectors(layer.in);
  }
  return by_rows <= by_columns;
}

}  // namespace

StepPath choose_path(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows,
                     bool needs_gradients) {
  if (needs_gradients) return StepPath::kTwoPasses;
  return is_narrow(spec, layout, rows) ? StepPath::kNarrow : StepPath::kFused;
}

Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows, StepPath path) {
  Plan plan{};
  plan.rows = rows;
  plan.path = path;
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
  const PanelShape shape = layout.layers.front().shape;
  const size_t work = work_of(layout, rows);
  const bool narrow = path == StepPath::kNarrow;
  plan.narrow_rows = narrow ? round_up(rows, shape.lanes) : 0;
  const auto reserve_matrix = [&](size_t cols) {
    size_t stride = round_up(cols + 1, kFloatsPerLine);
    // Rows a multiple of 1 KiB apart would meet in few sets of the caches.
    if (stride % 256 == 0) stride += kFloatsPerLine;
    return Buffer{reserve(std::max(rows * stride, (cols + 1) * plan.narrow_rows)), stride};
  };
  plan.inputs = reserve_matrix(spec.input_size);
  plan.row_scale = reserve(rows);
  plan.narrow_targets = reserve(spec.output_size() * plan.narrow_rows);
  size_t deepest = 0;  // of the transposed weights' panels
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    LayerPlan layer{};
    layer.parameters = layout.layers[l];
    const size_t in = layer.parameters.in;
    const size_t out = layer.parameters.out;
    layer.activation = spec.layers[l].activation;
    layer.slope = spec.layers[l].slope;
    layer.dropout = spec.layers[l].dropout;
    layer.forward = TileGrid(rows, out, kTileRows, shape.width());
    layer.d_input = TileGrid(rows, in, kTileRows, shape.width());
    const size_t panels = (out + shape.width() - 1) / shape.width();
    layer.d_weight = TileGrid(layer.parameters.rows, out,
                              std::clamp(layer.parameters.rows * panels / kFewTiles,
                                         kLeastWeightTileRows, kWeightTileRows),
                              shape.width());
    layer.forward_by_rows = in * out <= rows * (in + out);
    layer.a = reserve_matrix(out);
    layer.z = info_of(layer.activation).needs_z ? reserve_matrix(out) : layer.a;
    layer.delta = reserve_matrix(out);
    layer.dropped = layer.dropout > 0 ? reserve_matrix(out) : layer.a;
    plan.tile_floats = std::max(plan.tile_floats, layer.d_weight.tile_rows() * shape.width());
    deepest = std::max(deepest, std::min(round_up(out, shape.width()), kMostDepth));
    plan.layers.push_back(layer);
  }
  bool by_rows = true;
  for (size_t l = plan.layers.size(); l-- > 0;) {
    LayerPlan& layer = plan.layers[l];
    by_rows = by_rows && layer.parameters.in * layer.parameters.out <= kSmallWeight;
    layer.backward_by_rows = by_rows;
  }
  plan.packs_delta = rows > kSpreadRows;
  plan.scratch_floats = std::max(plan.tile_floats + (plan.packs_delta ? rows * shape.width() : 0),
                                 deepest * shape.width());
  if (narrow) {
    // A panel of dW with all its rows, and one of delta.
    for (const LayerPlan& layer : plan.layers) {
      plan.scratch_floats =
          std::max(plan.scratch_floats, (layer.parameters.rows + rows) * shape.width());
    }
  }
  const size_t moments = spec.optimizer.moments();
  plan.fetches_state = layout.floats * (1 + moments) * sizeof(float) > kCachedState;
  const size_t most = narrow ? 1 : spec.threads;
  plan.threads = std::clamp<size_t>(work / kWorkForThread, 1, most);
  plan.fit_threads = std::clamp<size_t>(work / kWorkForFitThread, 1, most);
  return plan;
}

size_t threads_worth(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows) {
  return std::clamp<size_t>(work_of(layout, rows) / kWorkForThread, 1, spec.threads);
}

}  // namespace chainrule
