#include "step/tiles.h"

#include <algorithm>

namespace chainrule {
namespace {

size_t words_of(const StepContext& step) { return image_words(step.plan.terms); }

uint16_t* image(const StepContext& step, size_t offset, size_t block) {
  if (offset == ImagePlan::kNoImages) return nullptr;
  return step.workspace.images.data() + offset + block * words_of(step);
}

void write_images(const StepContext& step, const FloatBlock& block, size_t half,
                  const BlockImages& images) {
  step.plan.tiles->write_images[static_cast<size_t>(step.plan.terms)](block, half, images);
}
void write_images(const StepContext& step, const FloatBlock& block, const BlockImages& images) {
  write_images(step, block, 0, images);
  write_images(step, block, 1, images);
}

void multiply_images(const StepContext& step, const TileProduct& product) {
  step.plan.tiles->multiply[static_cast<size_t>(step.plan.terms)](product);
}

/// A tile that is a block.
FloatBlock block_at(const StepContext& step, const Buffer& buffer, const Tile& tile) {
  return {tile.rows, tile.cols, step.at(buffer, tile.row, tile.col), buffer.stride};
}

/// Where the images of a block of layer l's input, or of its delta, go.
BlockImages input_images(const StepContext& step, size_t l, size_t row, size_t col) {
  const ImagePlan& images = step.plan.layers[l].images;
  const size_t across = blocks_of(step.plan.layers[l].parameters.in);
  return {
      .left = image(step, images.input, row * across + col),
      .left_transposed = image(step, images.input_transposed, col * step.plan.row_blocks() + row)};
}
BlockImages delta_images(const StepContext& step, size_t l, size_t row, size_t col) {
  const ImagePlan& images = step.plan.layers[l].images;
  const size_t across = blocks_of(step.plan.layers[l].parameters.out);
  return {.left = image(step, images.delta, row * across + col),
          .right = image(step, images.delta_right, col * step.plan.row_blocks() + row)};
}

}  // namespace

void write_input_images(const StepContext& step, size_t l, const FloatBlock& block, size_t row,
                        size_t col) {
  write_images(step, block, input_images(step, l, row, col));
}

void write_delta_images(const StepContext& step, size_t l, const Tile& tile) {
  const Buffer& delta = step.plan.layers[l].delta;
  for (size_t col = 0; col < tile.cols; col += kBlock) {
    const Tile panel = {tile.row, tile.rows, tile.col + col, std::min(kBlock, tile.cols - col)};
    for (size_t b = 0; b < blocks_of(tile.rows); ++b) {
      const Tile block = block_in(panel, b);
      for (const size_t half : {0, 1}) write_delta_images(step, l, delta, block, half);
      sum_rows(step, l, delta, block);
    }
  }
}

void write_input_images(const StepContext& step, size_t l, const Buffer& input, const Tile& tile,
                        size_t half) {
  write_images(step, block_at(step, input, tile), half,
               input_images(step, l, tile.row / kBlock, tile.col / kBlock));
}

void write_delta_images(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile,
                        size_t half) {
  write_images(step, block_at(step, delta, tile), half,
               delta_images(step, l, tile.row / kBlock, tile.col / kBlock));
}

size_t WeightProduct::turns_of(const Depth& depth) const {
  const size_t panels = share_.end_panel() - share_.first_panel();
  return panels * step_.plan.slices_of(depth.size());
}

WeightProduct::Turn WeightProduct::turn_of(size_t i, const Depth& depth) const {
  const size_t slices = step_.plan.slices_of(depth.size());
  const size_t panels = share_.end_panel() - share_.first_panel();
  const size_t most = step_.plan.panels_in_turn(depth.size());
  const size_t first = i / (most * slices) * most;  // of this turn's group of panels
  const size_t group = std::min(most, panels - first);
  const size_t turn = i - first * slices;
  const size_t slice = turn / group;
  const size_t blocks = blocks_of(depth.size());
  return {.tile = share_.panel(share_.first_panel() + first + turn % group),
          .first = depth.first + blocks * slice / slices * kBlock,
          .end = std::min(depth.end, depth.first + blocks * (slice + 1) / slices * kBlock),
          .is_first = slice == 0,
          .is_last = slice + 1 == slices};
}

bool has_finite_images(const StepContext& step, size_t l, size_t rows) {
  const LayerPlan& layer = step.plan.layers[l];
  const size_t blocks = blocks_of(rows) * blocks_of(layer.parameters.in);
  const uint16_t* const words = image(step, layer.images.input, 0);
  constexpr uint16_t kExponent = 0x7f80;  // all of its bits: infinity or NaN
  return std::none_of(words, words + blocks * words_of(step),
                      [](uint16_t word) { return (word & kExponent) == kExponent; });
}

void sum_rows(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile) {
  const LayerPlan& layer = step.plan.layers[l];
  float* const sums = step.at(layer.delta_sums, tile.row / kBlock, tile.col);
  std::fill_n(sums, tile.cols, 0.0f);
  // A stride of 0: all rows are added to one.
  step.kernels.add_scaled(tile.rows, tile.cols, 1, step.at(delta, tile.row, tile.col), delta.stride,
                          sums, 0);
}

float relu_of(const StepContext& step, const Buffer& z, const Tile& tile) {
  return step.plan.tiles->relu(tile.rows, step.at(z, tile.row, tile.col));
}

float delta_of_relu(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile) {
  const size_t row = tile.row / kBlock;
  const BlockImages a = input_images(step, l + 1, row, tile.col / kBlock);
  return step.plan.tiles->multiply_by_relu_derivative(
      tile.rows, step.at(delta, tile.row, tile.col), a.left,
      step.at(step.plan.layers[l].delta_sums, row, tile.col));
}

void WeightProduct::write_right(const Turn& turn, size_t half, uint16_t* images) const {
  const Panel panel = step_.panel_of(l_, turn.tile);
  const size_t row = turn.first + half / 2 * kBlock;
  write_images(
      step_,
      {std::min(kBlock, turn.end - row), panel.cols, step_.multiplier(l_, panel, row), panel.width},
      half % 2, {.right = images + half / 2 * words_of(step_)});
  if (step_.plan.state_is_far && half + 2 < turn.halves()) {
    fetch_half(step_.multiplier(l_, panel, row + kBlock), half % 2);
  }
}

/// Of the weight's rows that are dX's columns.
void WeightProduct::write_transposed(const Turn& turn, size_t half, uint16_t* images) const {
  const Panel panel = layer_.parameters.panel_at(turn.first + half / 2 * kBlock);
  write_images(
      step_, {turn.tile.cols, panel.cols, step_.multiplier(l_, panel, turn.tile.col), panel.width},
      half % 2, {.right_transposed = images + half / 2 * words_of(step_)});
  if (step_.plan.state_is_far && half + 2 < turn.halves()) {
    const Panel next = layer_.parameters.panel_at(turn.first + (half / 2 + 1) * kBlock);
    fetch_half(step_.multiplier(l_, next, turn.tile.col), half % 2);
  }
}

void WeightProduct::fetch_half(const float* block, size_t half) const {
  constexpr size_t kHalf = kBlock * kBlock / 2;
  step_.plan.tiles->fetch(block + half * kHalf, kHalf);
}

void WeightProduct::multiply_forward(const Depth& depth, const Turn& turn, const Buffer& z,
                                     TileProduct& product) {
  const Panel panel = step_.panel_of(l_, turn.tile);
  float bias[kBlock] = {};
  if (layer_.parameters.has_bias()) {
    std::copy_n(step_.multiplier(l_, panel, layer_.parameters.in), panel.cols, bias);
  }
  product.start = depth.first == 0 ? bias : nullptr;
  product.wanted = next_weights(depth, turn.tile);
  multiply(turn, blocks_of(layer_.parameters.in), layer_.images.input, z, product);
}

/// The weights of the panel after the next, whose images are made beside the next product, if they
/// come from memory: the share for the rows of this tile.
Wanted WeightProduct::next_weights(const Depth& depth, const Tile& tile) {
  const LayerLayout& weight = layer_.parameters;
  const size_t col = tile.col + 2 * weight.shape.width();
  if (!step_.plan.fetches_state || col > share_.last_col()) return {};
  const Panel next = weight.panel_at(col);
  const size_t rows = share_.grid.rows();
  const size_t first = depth.first + depth.size() * tile.row / rows;
  const size_t end = depth.first + depth.size() * (tile.row + tile.rows) / rows;
  next_weights_ = step_.multiplier(l_, next, first);
  return {{&next_weights_, 1}, (end - first) * next.width};
}

void WeightProduct::multiply(const Turn& turn, size_t across, size_t left, const Buffer& c,
                             TileProduct& product) const {
  product.blocks = turn.blocks();
  product.depth = turn.halves() / 2;
  product.left = image(step_, left, turn.tile.row / kBlock * across + turn.first / kBlock);
  product.left_block = across * words_of(step_);
  product.c = step_.at(c, turn.tile.row, turn.tile.col);
  product.c_stride = c.stride;
  product.accumulate = !turn.is_first;
  multiply_images(step_, product);
}

void weight_gradient_of(const StepContext& step, size_t l, const Rows& rows, const Tile& tile,
                        float* d_weight, size_t first, const Wanted& wanted,
                        const BesideBlock& beside) {
  const LayerPlan& layer = step.plan.layers[l];
  const size_t down = step.plan.row_blocks();
  multiply_images(step,
                  {.blocks = blocks_of(layer.parameters.weight_rows(tile.row, tile.rows)),
                   .depth = blocks_of(rows.count),
                   .left = image(step, layer.images.input_transposed, tile.row / kBlock * down),
                   .left_block = down * words_of(step),
                   .right = image(step, layer.images.delta_right, tile.col / kBlock * down),
                   .c = d_weight,
                   .c_stride = kBlock,
                   .c_blocks = 2,
                   .c_first = first,
                   .wanted = wanted,
                   .beside = beside});
}

}  // namespace chainrule
