#include "plan/plan.h"

#include <algorithm>
#include <string>

#include "plan/tile_plan.h"
#include "runtime/cpu_features.h"
#include "runtime/error.h"
#include "runtime/memory.h"

namespace chainrule {
namespace {

// Rows of a tile of activations: several register tiles, still in L1 for the activation.
constexpr size_t kTileRows = 56;
// Rows of a weight's tile, which stays in L2 with its moments and gradient. Small weights are still
// cut into kFewTiles, one for each thread, but no tile is smaller than two register tiles.
constexpr size_t kWeightTileRows = 336;
constexpr size_t kLeastWeightTileRows = 28;
constexpr size_t kFewTiles = 8;
// Rows of a tile for OpenBLAS, which packs all of B for every tile. Its bits depend on the height
// of a tile, so tiles are the plan's, whatever the number of threads.
constexpr size_t kWholeTileRows = 64;
constexpr size_t kMostWholeTileRows = 256;
// Rows of an unpacked panel of delta, a matrix row apart, that still stay in L1.
constexpr size_t kSpreadRows = 256;
// Outputs of a layer and rows of a batch from which on a copy of its input in strips pays for
// itself.
constexpr size_t kLeastStripOutputs = 384;
constexpr size_t kLeastStripRows = 96;
// Elements of inputs that move between cores in the time that waiting for them costs.
constexpr size_t kInputsOfWait = 1 << 14;
// Elements of a weight that can be transposed in the time of one barrier.
constexpr size_t kSmallWeight = 4096;
// Bytes of weights and moments that are still in cache one step later.
constexpr size_t kCachedState = 2 << 20;
// Bytes of weights and moments that caches shared by all cores still give back soon. Measured with
// 22 and with 300 MB.
constexpr size_t kFarState = 64 << 20;
// Below this, some 6 us of work, waking a thread costs more than it saves.
constexpr size_t kWorkForThread = 600'000;
// Below this, some 2 us, even a thread that is awake costs more at barriers than it saves.
constexpr size_t kWorkForFitThread = 250'000;

/// Bytes of weights and moments from which on products prefetch them. On an Intel Xeon not what
/// comes from L3: lines on their way from there hold the buffers that loads from L2 need, and steps
/// take 1 to 7% longer (docs/decisions/0002). On a Zen 5 they take 2 to 10% less.
size_t least_fetched_state() { return this_cpu().is_intel() ? kFarState : kCachedState; }

/// Multiply-adds of a step.
size_t work_of(const ParameterLayout& layout, size_t rows) {
  size_t work = 0;
  for (const LayerLayout& layer : layout.layers) {
    work += rows * layer.in * layer.out * (&layer == &layout.layers.front() ? 2 : 3);
  }
  return work;
}

/// Whether a step is faster with the batch's rows in the lanes than with the units. That takes
/// fewer multiply-adds if the outputs fill few lanes, more if the batch fills few. The narrow path
/// uses one thread, so it is only for steps not worth two.
bool is_narrow(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows) {
  if (layout.layers.front().shape.whole || spec.input_scale) return false;
  if (work_of(layout, rows) >= 2 * kWorkForFitThread) return false;
  if (info_of(spec.layers.back().activation).row_wise && !spec.loss_takes_logits()) {
    return false;
  }
  size_t by_rows = 0;     // vectors of multiply-adds with the rows in the lanes
  size_t by_columns = 0;  // the same with the columns in the lanes
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

/// Throws Error(kOption) if an activation would have more than kMaxElements elements.
void require_countable(const NetworkSpec& spec, size_t rows) {
  size_t widest = spec.input_size;
  for (const LayerSpec& layer : spec.layers) widest = std::max(widest, layer.units);
  if (rows > kMaxElements / widest) {
    throw Error(ErrorCode::kOption, "a batch of " + std::to_string(rows) + " rows of " +
                                        std::to_string(widest) +
                                        " values has more than 2^31 - 1 of them");
  }
}

/// Reserves room for a matrix (rows, cols), transposed on the narrow path, and its constants 1.
Buffer reserve_matrix(Plan& plan, size_t cols) {
  const bool tiles = plan.tiles != nullptr;
  size_t stride = round_up(tiles ? round_up(cols + 1, kBlock) : cols + 1, kFloatsPerLine);
  // Rows a multiple of 1 KiB apart would share few cache sets.
  if (stride % 256 == 0) stride += kFloatsPerLine;
  const size_t rows = tiles ? kBlock * plan.row_blocks() : plan.rows;
  return {plan.reserve(std::max(rows * stride, (cols + 1) * plan.narrow_rows)), stride};
}

/// The copy of a layer's input for dW, where it is worth it.
StripPlan plan_strips(Plan& plan, const LayerPlan& layer) {
  const size_t most = layer.parameters.shape.strip_rows;
  if (most == 0 || plan.tiles != nullptr || plan.path == StepPath::kNarrow) return {};
  if (plan.purpose == Purpose::kInference || plan.rows < kLeastStripRows) return {};
  if (layer.parameters.out < kLeastStripOutputs) return {};
  StripPlan strips;
  strips.tile_rows = layer.d_weight.tile_rows();
  strips.in_tile = (strips.tile_rows + most - 1) / most;
  strips.cols = (strips.tile_rows + strips.in_tile - 1) / strips.in_tile;
  strips.floats = plan.rows * strips.cols;
  strips.offset = plan.reserve(layer.d_weight.down() * strips.in_tile * strips.floats);
  return strips;
}

/// Plans all of a layer except how dX is divided, which depends on the layers above.
LayerPlan plan_layer(Plan& plan, const LayerSpec& spec, const LayerLayout& parameters,
                     bool is_last) {
  const size_t in = parameters.in;
  const size_t out = parameters.out;
  const PanelShape& shape = parameters.shape;
  const size_t tile_rows = shape.whole ? kWholeTileRows : kTileRows;
  const size_t least = shape.whole ? kWholeTileRows : kLeastWeightTileRows;
  const size_t most = shape.whole ? kMostWholeTileRows : kWeightTileRows;
  LayerPlan layer{};
  layer.parameters = parameters;
  layer.activation = spec.activation;
  layer.slope = spec.slope;
  layer.dropout = spec.dropout;
  layer.has_factors = spec.has_factors();
  layer.forward = TileGrid(plan.rows, out, tile_rows, shape.width());
  layer.d_input = TileGrid(plan.rows, in, tile_rows, shape.width());
  const size_t panels = (out + shape.width() - 1) / shape.width();
  layer.d_weight =
      TileGrid(parameters.rows, out, std::clamp(parameters.rows * panels / kFewTiles, least, most),
               shape.width());
  // The forward pass moves the smaller operand between cores. By rows, a worker computes the rows
  // it gathered: it reads the whole weight and waits for nobody. By tiles, it computes the columns
  // whose weights it updated itself, and reads all rows. In training those move for dW anyway, only
  // that now somebody waits for them. What comes out moves in the next layer.
  const size_t inputs = plan.rows * in;
  const bool trains = plan.purpose != Purpose::kInference;
  const size_t moved = plan.rows * out + (trains ? std::min(inputs, kInputsOfWait) : inputs);
  // With tiles of bf16, every worker would make images of the whole weight by rows.
  const bool by_rows = !shape.whole && plan.tiles == nullptr && in * out <= moved;
  layer.forward_phase.division = by_rows ? Division::kRows : Division::kTiles;
  const bool hidden_over_tiles = plan.tiles != nullptr && !is_last;
  const auto reserve_units = [&] {
    return hidden_over_tiles ? reserve_panels(plan, out) : reserve_matrix(plan, out);
  };
  layer.keeps_a = !hidden_over_tiles || layer.activation != Activation::kRelu ||
                  layer.dropout > 0 || plan.purpose == Purpose::kGradients;
  if (layer.keeps_a) {
    layer.a = reserve_units();
    layer.z = info_of(layer.activation).needs_z ? reserve_units() : layer.a;
  }
  if (!hidden_over_tiles) layer.delta = reserve_units();
  layer.dropped = layer.dropout > 0 ? reserve_units() : layer.a;
  if (plan.tiles != nullptr) divide_into_blocks(plan, layer, is_last);
  layer.strips = plan_strips(plan, layer);
  return layer;
}

/// dX is computed by rows where the weight is small, and only if every layer above does so too.
/// Each worker then transposes the whole weight, which takes less time than waiting for another
/// worker's part of it.
void divide_backward(Plan& plan) {
  bool by_rows = !plan.layers.front().parameters.shape.whole && plan.tiles == nullptr;
  for (size_t l = plan.layers.size(); l-- > 0;) {
    LayerPlan& layer = plan.layers[l];
    by_rows = by_rows && layer.parameters.in * layer.parameters.out <= kSmallWeight;
    layer.d_input_phase.division = by_rows ? Division::kRows : Division::kTiles;
  }
}

InputScalePlan plan_scale(Plan& plan, const ParameterLayout& layout) {
  if (layout.scale_size == 0) return {};
  const LayerLayout& first = layout.layers.front();
  InputScalePlan scale;
  scale.inputs = layout.scale_size;
  scale.offset = layout.scale_offset;
  scale.panels = (first.out + first.shape.width() - 1) / first.shape.width();
  scale.stride = round_up(scale.inputs, kFloatsPerLine);
  // A product reads whole vectors of a thin panel.
  scale.weight = plan.reserve(first.floats() + first.shape.lanes);
  scale.sums = plan.reserve(scale.panels * scale.stride);
  return scale;
}

/// A thread's scratch memory: enough for the phase that needs the most.
void plan_scratch(Plan& plan, PanelShape shape) {
  if (plan.tiles != nullptr) {
    plan.scratch_floats = 2 * kBlock * kBlock + kBlock;  // two blocks of dW, a row for the bias
    return;
  }
  for (const LayerPlan& layer : plan.layers) {
    const size_t width = shape.whole ? layer.parameters.out : shape.width();
    plan.tile_floats = std::max(plan.tile_floats, layer.d_weight.tile_rows() * width);
  }
  if (shape.whole) {
    plan.scratch_floats = round_up(plan.tile_floats, kFloatsPerLine);
    return;
  }
  const size_t width = shape.width();
  if (plan.path == StepPath::kNarrow) {
    // dW of all layers, what the product of a thin panel writes past its end, a panel of delta.
    const LayerLayout& last = plan.layers.back().parameters;
    plan.narrow_delta = round_up(last.offset + last.floats() + shape.lanes, kFloatsPerLine);
    plan.scratch_floats = plan.narrow_delta + plan.rows * width;
    return;
  }
  plan.scratch_floats = plan.tile_floats + (plan.packs_delta ? plan.rows * width : 0);
  for (const LayerPlan& layer : plan.layers) {
    const size_t transposed = std::min(round_up(layer.parameters.out, width), kMostDepth) * width;
    plan.scratch_floats = std::max(plan.scratch_floats, transposed);
  }
}

}  // namespace

size_t Plan::reserve(size_t floats) {
  const size_t offset = workspace_floats;
  workspace_floats += round_up(floats, kFloatsPerLine);
  return offset;
}

StepPath choose_path(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows,
                     bool needs_gradients, const Products& products) {
  if (needs_gradients) return StepPath::kTwoPasses;
  if (products.tiles != nullptr) return StepPath::kFused;
  return is_narrow(spec, layout, rows) ? StepPath::kNarrow : StepPath::kFused;
}

Plan make_plan(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows, StepPath path,
               const Products& products, Purpose purpose) {
  require_countable(spec, rows);
  Plan plan{};
  plan.rows = rows;
  plan.path = path;
  plan.purpose = purpose;
  plan.tiles = products.tiles;
  plan.terms = products.terms;
  const PanelShape shape = layout.layers.front().shape;
  plan.most_depth = shape.whole ? kMaxElements : kMostDepth;
  const bool narrow = path == StepPath::kNarrow;
  plan.narrow_rows = narrow ? round_up(rows, shape.lanes) : 0;
  // Over tiles the batch is images alone, and this is only for the gradients of the inputs.
  if (plan.tiles == nullptr || purpose == Purpose::kGradients) {
    plan.inputs = reserve_matrix(plan, spec.input_size);
  }
  plan.row_scale = plan.reserve(rows);
  plan.narrow_targets = plan.reserve(spec.output_size() * plan.narrow_rows);
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    plan.layers.push_back(
        plan_layer(plan, spec.layers[l], layout.layers[l], l + 1 == spec.layers.size()));
  }
  const size_t work = work_of(layout, rows);
  const size_t most = narrow ? 1 : spec.threads;
  plan.threads = std::clamp<size_t>(work / kWorkForThread, 1, most);
  plan.fit_threads = std::clamp<size_t>(work / kWorkForFitThread, 1, most);
  plan_sums(plan);
  plan.scale = plan_scale(plan, layout);
  divide_backward(plan);
  derive_waits(plan);
  plan.packs_delta = rows > kSpreadRows && !shape.whole && plan.tiles == nullptr;
  plan_scratch(plan, shape);
  const size_t state_bytes = layout.floats * (1 + spec.optimizer.moments()) * sizeof(float);
  plan.fetches = plan.tiles == nullptr || plan.tiles->fetches_wanted;
  plan.fetches_state = plan.fetches && state_bytes > least_fetched_state();
  plan.state_is_far = !plan.fetches && state_bytes > kFarState;
  return plan;
}

size_t threads_worth(const NetworkSpec& spec, const ParameterLayout& layout, size_t rows) {
  return std::clamp<size_t>(work_of(layout, rows) / kWorkForThread, 1, spec.threads);
}

}  // namespace chainrule
