#include "step/weight_gradient.h"

#include <algorithm>
#include <cstring>

namespace chainrule {
namespace {

void copy_rows(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
               size_t to_stride) {
  for (size_t r = 0; r < rows; ++r) {
    std::memcpy(to + r * to_stride, from + r * from_stride, cols * sizeof(float));
  }
}

}  // namespace

void add_penalty(const StepContext& step, size_t l, const Tile& tile, float* d_weight) {
  if (step.spec.l2 == 0) return;
  const Panel panel = step.panel_of(l, tile);
  const size_t rows = step.plan.layers[l].parameters.weight_rows(tile.row, tile.rows);
  step.kernels.add_scaled(rows, panel.cols, static_cast<float>(step.spec.l2),
                          step.weight(panel, tile.row), panel.width, d_weight, panel.width);
}

WeightGradient::WeightGradient(const StepContext& step, const Worker& worker, size_t l,
                               const Rows& rows, float* gradients)
    : step_(step),
      worker_(worker),
      l_(l),
      rows_(rows),
      gradients_(gradients),
      packed_(step.scratch(worker) + step.plan.tile_floats),
      packed_col_(step.plan.layers[l].parameters.out),  // none yet
      next_(rows.next) {}

float* WeightGradient::compute(const Tile& tile, size_t tiles_left) {
  const LayerPlan& layer = step_.plan.layers[l_];
  const Buffer& x = step_.input_of(l_, rows_);
  const StripPlan& strips = layer.strips;
  const bool copied = strips.cols > 0;
  const Panel panel = step_.panel_of(l_, tile);
  const size_t corner = panel.offset + tile.row * panel.width;
  const bool packs = step_.plan.packs_delta;
  if (packs && tile.col != packed_col_) pack_delta(tile, panel);
  // A product of a thin panel writes past its end, into what may be another worker's.
  const bool thin = layer.parameters.is_thin(panel);
  const bool direct = gradients_ != nullptr && !thin;
  const bool continues = step_.part != nullptr;
  const size_t stride = thin && continues ? layer.parameters.shape.lanes : panel.width;
  float* d_weight = direct ? gradients_ + corner : step_.scratch(worker_);
  if (continues && thin)
    copy_rows(tile.rows, panel.width, gradients_ + corner, panel.width, d_weight, stride);
  const PanelProduct product = {.rows = tile.rows,
                                .depth = rows_.count,
                                .width = panel.width,
                                .a = step_.at(copied ? strips.at(tile.row) : x.at(0, tile.row)),
                                .a_row = 1,
                                .a_depth = copied ? strips.cols : x.stride,
                                .b = packs ? packed_ : step_.at(layer.delta, 0, tile.col),
                                .b_stride = packs ? panel.width : layer.delta.stride,
                                .c = d_weight,
                                .c_stride = stride,
                                .accumulate = continues,
                                .a_strip = strips.floats,
                                .wanted = want(corner, tile.rows * panel.width, tiles_left)};
  step_.kernels.multiply(product);
  if (!continues && !step_.is_scaled(l_)) add_penalty(step_, l_, tile, d_weight);
  if (gradients_ != nullptr && !direct) {
    copy_rows(tile.rows, panel.width, d_weight, stride, gradients_ + corner, panel.width);
  }
  return d_weight;
}

void WeightGradient::multiply_over_tiles(const Tile& tile, size_t blocks, size_t tiles_left,
                                         const BesideBlock& beside) {
  const Panel panel = step_.panel_of(l_, tile);
  const size_t corner = panel.offset + tile.row * panel.width;
  weight_gradient_of(step_, l_, rows_, tile, step_.scratch(worker_), blocks % 2,
                     want(corner, tile.rows * panel.width, tiles_left), beside);
}

void WeightGradient::fetch_state(const Tile& block, size_t piece) const {
  if (gradients_ != nullptr) return;
  const Panel panel = step_.panel_of(l_, block);
  const size_t row = piece * kRowsOfPiece;
  if (row >= block.rows) return;
  const size_t at = panel.offset + (block.row + row) * panel.width;
  const size_t floats = std::min(kRowsOfPiece, block.rows - row) * panel.width;
  const auto fetch = step_.plan.tiles->fetch;
  fetch(step_.state.parameters.data() + at, floats);
  for (size_t i = 0; i < step_.spec.optimizer.moments(); ++i) {
    fetch(step_.state.moments[i].data() + at, floats);
  }
}

void WeightGradient::pack_rows(float* d_weight, const Panel& panel) {
  for (size_t r = 1; panel.width < kBlock && r < kBlock; ++r) {
    std::memmove(d_weight + r * panel.width, d_weight + r * kBlock, panel.width * sizeof(float));
  }
}

void WeightGradient::finish(const Tile& tile, float* d_weight) {
  if (!step_.is_scaled(l_)) add_penalty(step_, l_, tile, d_weight);
  if (gradients_ == nullptr) return;
  const Panel panel = step_.panel_of(l_, tile);
  std::copy_n(d_weight, tile.rows * panel.width,
              gradients_ + panel.offset + tile.row * panel.width);
}

float* WeightGradient::bias_gradient(const Tile& tile) {
  const Buffer& blocks = step_.plan.layers[l_].delta_sums;
  float* const sums = block_scratch(0) + 2 * kBlock * kBlock;  // after both blocks
  std::fill_n(sums, kBlock, 0.0f);
  step_.kernels.add_scaled(blocks_of(rows_.count), tile.cols, 1, step_.at(blocks, 0, tile.col),
                           blocks.stride, sums, 0);
  return sums;
}

void WeightGradient::pack_delta(const Tile& tile, const Panel& panel) {
  const Buffer& delta = step_.plan.layers[l_].delta;
  for (size_t r = 0; r < rows_.count; ++r) {
    std::memcpy(packed_ + r * panel.width, step_.at(delta, r, tile.col),
                panel.width * sizeof(float));
  }
  packed_col_ = tile.col;
}

/// What the product prefetches: weights and moments for the update that follows. If those are in
/// cache already, the next batch's rows, shared equally among the tiles that are left. Nothing if
/// gradients are stored: then no update follows.
Wanted WeightGradient::want(size_t corner, size_t floats, size_t tiles_left) {
  if (gradients_ != nullptr) return {};
  if (step_.plan.fetches_state) {
    wanted_[0] = part_of(step_.state.parameters, corner);
    const size_t moments = step_.spec.optimizer.moments();
    for (size_t i = 0; i < moments; ++i) wanted_[1 + i] = part_of(step_.state.moments[i], corner);
    return {{wanted_, 1 + moments}, floats};
  }
  if (l_ == 0 && !next_.empty()) {
    const size_t count = std::min(next_.size() / tiles_left, kMostWanted);
    for (size_t r = 0; r < count; ++r) {
      wanted_[r] = rows_.inputs + next_[r] * step_.spec.input_size;
    }
    next_ = next_.subspan(count);
    return {{wanted_, count}, step_.spec.input_size};
  }
  return {};
}

}  // namespace chainrule
