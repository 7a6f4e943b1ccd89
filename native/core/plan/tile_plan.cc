#include "plan/tile_plan.h"

#include <algorithm>
#include <bit>

#include "runtime/memory.h"

namespace chainrule {
namespace {

// Rows of a tile of activations: whole blocks.
constexpr size_t kBlockTileRows = 2 * kBlock;
// Floats of sums that stay in L2 beside a slice of the left operand, and the most panels of them
// that take turns with the slice.
constexpr size_t kSumsInL2 = 128 << 10;
constexpr size_t kMostPanelsInTurn = 8;
// Segments of a depth: see SegmentPlan.
constexpr size_t kSegments = 2;

/// Reserves room for the images of a matrix of blocks. Returns its offset.
size_t reserve_images(Plan& plan, size_t blocks) {
  const size_t offset = plan.all_image_words;
  plan.all_image_words += blocks * image_words(plan.terms);
  return offset;
}

void plan_images(Plan& plan, LayerPlan& layer) {
  const size_t inputs = plan.row_blocks() * blocks_of(layer.parameters.in);
  const size_t outputs = plan.row_blocks() * blocks_of(layer.parameters.out);
  layer.images.input = reserve_images(plan, inputs);
  if (plan.purpose == Purpose::kInference) return;
  layer.images.input_transposed = reserve_images(plan, inputs);
  layer.images.delta_right = reserve_images(plan, outputs);
  // Only the gradients of the inputs need dX of the first layer.
  const bool needs_d_input = !plan.layers.empty() || plan.purpose == Purpose::kGradients;
  if (needs_d_input) layer.images.delta = reserve_images(plan, outputs);
}

/// Slices of `words` numbers, each of at most `most`, which may be kAnyWords: words + most - 1
/// would wrap.
size_t slices_of_words(size_t words, size_t most) {
  return words / most + (words % most > 0 ? 1 : 0);
}

/// bf16 numbers of the largest slice of a right operand.
size_t slice_words(const Plan& plan, size_t depth) {
  const size_t slices = plan.slices_of(depth);
  return (blocks_of(depth) + slices - 1) / slices * image_words(plan.terms);
}

/// Whether less moves between cores if a layer's depth is cut into segments: what goes out of it,
/// twice, instead of what goes in. Both limits are measured, on two threads. The rows of a batch do
/// not enter this, since a row's output may not depend on the rows beside it.
bool has_segments(const LayerLayout& layer, bool is_first, bool is_last) {
  const size_t least = is_first ? 4 : 2;
  return !is_last && layer.in >= least * layer.out && blocks_of(layer.in) >= 2 * kSegments;
}

void plan_segments(Plan& plan, LayerPlan& layer) {
  const size_t out = layer.parameters.out;
  layer.segments.count = kSegments;
  layer.segments.floats = kBlock * plan.row_blocks() * round_up(out, kBlock);
  layer.segments.sums = reserve_panels(plan, kSegments * round_up(out, kBlock));
  // The rows of a weight that a worker multiplies are those that it updates: bands are segments.
  const size_t band = layer.segment(0).end;
  const size_t height = layer.d_weight.tile_rows();
  const size_t down = (band + height - 1) / height;
  layer.d_weight = TileGrid::in_bands(layer.d_weight.rows(), out, band,
                                      round_up((band + down - 1) / down, kBlock),
                                      layer.parameters.shape.width());
}

}  // namespace

Buffer reserve_panels(Plan& plan, size_t cols) {
  const size_t panel = kBlock * plan.row_blocks() * kBlock;
  return {plan.reserve(panel * blocks_of(cols)), kBlock, panel};
}

void divide_into_blocks(Plan& plan, LayerPlan& layer, bool is_last) {
  const auto whole_blocks = [](const TileGrid& grid, size_t rows) {
    return TileGrid::of_height(grid.rows(), grid.cols(), rows, kBlock);
  };
  layer.forward = whole_blocks(layer.forward, kBlockTileRows);
  layer.d_input = whole_blocks(layer.d_input, kBlockTileRows);
  layer.d_weight = whole_blocks(layer.d_weight, round_up(layer.d_weight.tile_rows(), kBlock));
  if (has_segments(layer.parameters, plan.layers.empty(), is_last)) plan_segments(plan, layer);
  plan_images(plan, layer);
  const size_t stride = round_up(layer.parameters.out, kBlock);
  layer.delta_sums = {plan.reserve(plan.row_blocks() * stride), stride};
  const auto reserve_slices = [&plan](size_t depth) {
    plan.panel_words = std::max(plan.panel_words, 2 * slice_words(plan, depth));
  };
  for (size_t s = 0; s < layer.segments.count; ++s) reserve_slices(layer.segment(s).size());
  reserve_slices(layer.parameters.out);
}

void plan_sums(Plan& plan) {
  if (plan.tiles == nullptr || plan.layers.size() == 1) return;
  // Two, since a batch of one block must not be overwritten by the next panel, beside whose product
  // it is used.
  size_t panels = 2;
  for (const LayerPlan& layer : plan.layers) {
    panels = std::max({panels, plan.panels_in_turn(layer.parameters.in),
                       plan.panels_in_turn(layer.parameters.out)});
  }
  const size_t panel = kBlock * plan.row_blocks() * kBlock;
  plan.sums_floats = panels * panel;
  plan.sums = {plan.reserve(plan.fit_threads * plan.sums_floats), kBlock, panel, panels - 1};
}

size_t Plan::slices_of(size_t depth) const {
  const size_t blocks = blocks_of(depth);
  const size_t words = blocks * image_words(terms);
  const size_t least = std::max(slices_of_words(words * row_blocks(), tiles->left_words),
                                slices_of_words(words, tiles->right_words));
  return std::clamp<size_t>(least, 1, blocks);
}

size_t Plan::panels_in_turn(size_t depth) const {
  const size_t words = blocks_of(depth) * row_blocks() * image_words(terms);
  if (words <= tiles->left_words) return 1;
  const size_t in_l2 = kSumsInL2 / (row_blocks() * kBlock * kBlock);
  return std::clamp<size_t>(std::bit_floor(in_l2), 1, kMostPanelsInTurn);
}

}  // namespace chainrule
