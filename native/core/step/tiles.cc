#include "step/tiles.h"

#include <algorithm>
#include <cstring>

namespace chainrule {
namespace {

size_t words_of(const StepContext& step) { return image_words(step.plan.terms); }

uint16_t* image(const StepContext& step, size_t offset, size_t block) {
  return step.workspace.images.data() + offset + block * words_of(step);
}

void write_images(const StepContext& step, const FloatBlock& block, const BlockImages& images) {
  step.plan.tiles->write_images[static_cast<size_t>(step.plan.terms)](block, images);
}

void multiply_images(const StepContext& step, const TileProduct& product) {
  step.plan.tiles->multiply[static_cast<size_t>(step.plan.terms)](product);
}

/// Calls use(block, block's row, block's column) for the blocks of a tile.
template <typename Use>
void for_each_block(const StepContext& step, const Buffer& buffer, const Tile& tile,
                    const Use& use) {
  for (size_t r = 0; r < tile.rows; r += kBlock) {
    for (size_t c = 0; c < tile.cols; c += kBlock) {
      use(FloatBlock{std::min(kBlock, tile.rows - r), std::min(kBlock, tile.cols - c),
                     step.at(buffer, tile.row + r, tile.col + c), buffer.stride},
          (tile.row + r) / kBlock, (tile.col + c) / kBlock);
    }
  }
}

}  // namespace

void write_input_images(const StepContext& step, size_t l, const Buffer& input, const Tile& tile) {
  const ImagePlan& images = step.plan.layers[l].images;
  const size_t down = step.plan.row_blocks();
  const size_t across = blocks_of(step.plan.layers[l].parameters.in);
  for_each_block(step, input, tile, [&](const FloatBlock& block, size_t row, size_t col) {
    write_images(step, block,
                 {.left = image(step, images.input, row * across + col),
                  .left_transposed = image(step, images.input_transposed, col * down + row)});
  });
}

void write_delta_images(const StepContext& step, size_t l, const Tile& tile) {
  const LayerPlan& layer = step.plan.layers[l];
  const size_t down = step.plan.row_blocks();
  const size_t across = blocks_of(layer.parameters.out);
  for_each_block(step, layer.delta, tile, [&](const FloatBlock& block, size_t row, size_t col) {
    write_images(step, block,
                 {.left = image(step, layer.images.delta, row * across + col),
                  .right = image(step, layer.images.delta_right, col * down + row)});
  });
}

void TiledProduct::forward(const Tile& tile) {
  const LayerPlan& layer = step_.plan.layers[l_];
  const Panel panel = step_.panel_of(l_, tile);
  make_forward_images(panel);
  float bias[kBlock] = {};
  if (layer.parameters.has_bias()) {
    std::copy_n(step_.multiplier(l_, panel, layer.parameters.in), panel.cols, bias);
  }
  const float* from = nullptr;
  multiply(tile, blocks_of(layer.parameters.in), layer.images.input, layer.z, bias,
           next_weights(tile, from));
}

void TiledProduct::backward(const Tile& tile, const Buffer& d_input, const Wanted& wanted) {
  const LayerPlan& layer = step_.plan.layers[l_];
  make_backward_images(tile);
  multiply(tile, blocks_of(layer.parameters.out), layer.images.delta, d_input, nullptr, wanted);
}

void TiledProduct::make_forward_images(const Panel& panel) {
  if (panel.col == panel_.col) return;
  panel_.col = panel.col;
  const size_t in = step_.plan.layers[l_].parameters.in;
  for (size_t i = 0; i < in; i += kBlock) {
    write_images(
        step_, {std::min(kBlock, in - i), panel.cols, step_.multiplier(l_, panel, i), panel.width},
        {.right = panel_.data + i / kBlock * words_of(step_)});
  }
}

/// The weights of the next panel, if they come from memory: the share for the rows of this tile.
/// `from` is where they begin.
Wanted TiledProduct::next_weights(const Tile& tile, const float*& from) const {
  if (!step_.plan.fetches_state || tile.col >= share_.last_col()) return {};
  const LayerLayout& weight = step_.plan.layers[l_].parameters;
  const Panel next = weight.panel_at(tile.col + weight.shape.width());
  const size_t rows = share_.grid.rows();
  const size_t first = weight.in * tile.row / rows;
  const size_t end = weight.in * (tile.row + tile.rows) / rows;
  from = step_.multiplier(l_, next, first);
  return {{&from, 1}, (end - first) * next.width};
}

/// Of the weight's rows that are dX's columns.
void TiledProduct::make_backward_images(const Tile& tile) {
  if (tile.col == panel_.col) return;
  panel_.col = tile.col;
  const LayerLayout& weight = step_.plan.layers[l_].parameters;
  for (size_t o = 0; o < weight.out; o += kBlock) {
    const Panel panel = weight.panel_at(o);
    write_images(step_, {tile.cols, panel.cols, step_.multiplier(l_, panel, tile.col), panel.width},
                 {.right_transposed = panel_.data + o / kBlock * words_of(step_)});
  }
}

void TiledProduct::multiply(const Tile& tile, size_t depth, size_t left, const Buffer& c,
                            const float* start, const Wanted& wanted) {
  multiply_images(step_, {.blocks = blocks_of(tile.rows),
                          .depth = depth,
                          .left = image(step_, left, tile.row / kBlock * depth),
                          .left_block = depth * words_of(step_),
                          .right = panel_.data,
                          .c = step_.at(c, tile.row, tile.col),
                          .c_stride = c.stride,
                          .start = start,
                          .wanted = wanted});
}

void weight_gradient_of(const StepContext& step, size_t l, const Rows& rows, const Tile& tile,
                        float* d_weight, const Wanted& wanted) {
  const LayerPlan& layer = step.plan.layers[l];
  const Panel panel = step.panel_of(l, tile);
  const size_t down = step.plan.row_blocks();
  const size_t weight_rows = layer.parameters.weight_rows(tile.row, tile.rows);
  multiply_images(step,
                  {.blocks = blocks_of(weight_rows),
                   .depth = blocks_of(rows.count),
                   .left = image(step, layer.images.input_transposed, tile.row / kBlock * down),
                   .left_block = down * words_of(step),
                   .right = image(step, layer.images.delta_right, tile.col / kBlock * down),
                   .c = d_weight,
                   .c_stride = kBlock,
                   .wanted = wanted});
  for (size_t r = 1; panel.width < kBlock && r < weight_rows; ++r) {
    std::memmove(d_weight + r * panel.width, d_weight + r * kBlock, panel.width * sizeof(float));
  }
  if (weight_rows == tile.rows) return;
  // The bias's row: sums of delta, in float32.
  float sums[kBlock] = {};
  for (size_t r = 0; r < rows.count; ++r) {
    const float* delta = step.at(layer.delta, r, tile.col);
    for (size_t col = 0; col < panel.cols; ++col) sums[col] += delta[col];
  }
  std::copy_n(sums, panel.width, d_weight + weight_rows * panel.width);
}

}  // namespace chainrule
