#include "step/tiled_forward.h"

#include <algorithm>

#include "step/elementwise.h"
#include "step/finite.h"

namespace chainrule {

TiledForward::TiledForward(const StepContext& step, const Worker& worker, size_t l,
                           const Share& share, bool raw, const Rows& rows, bool sums)
    : step_(step),
      worker_(worker),
      l_(l),
      layer_(step.plan.layers[l]),
      share_(share),
      raw_(raw),
      rows_(rows),
      sums_(sums),
      z_(layer_.keeps_a ? layer_.z : own_sums(step, worker)),
      a_(layer_.keeps_a ? layer_.a : z_) {}

double TiledForward::run() {
  if (layer_.segments.count == 1) {
    WeightProduct(step_, worker_, l_, share_)
        .forward(layer_.depth(), z_, [&](const Tile& block, size_t piece) { end(block, piece); });
    return squares_;
  }
  multiply_segments();
  step_.begin(layer_.segments.join_phase, worker_);
  for (size_t i = share_.first; i < share_.end; ++i) {
    const Tile tile = share_.tile(i);
    for (size_t b = 0; b < blocks_of(tile.rows); ++b) {
      const Tile block = block_in(tile, b);
      join(block);
      for (size_t piece = 0; piece < WeightProduct::kPiecesOfEnd; ++piece) end(block, piece);
    }
  }
  return squares_;
}

void TiledForward::end(const Tile& block, size_t piece) {
  if (piece > 0) {
    if (l_ + 1 == step_.plan.layers.size()) return;
    const Buffer& input = step_.drops_out(l_, rows_) ? layer_.dropped : a_;
    return write_input_images(step_, l_ + 1, input, block, piece - 1);
  }
  if (!layer_.keeps_a) {
    squares_ += static_cast<double>(relu_of(step_, z_, block));
    return;
  }
  finish_forward(step_, l_, block_of(a_, block, step_.panel_of(l_, block).width), z_, a_, raw_,
                 rows_);
  if (sums_) squares_ += squares_of(step_, block, a_);
}

void TiledForward::multiply_segments() {
  const size_t tiles = share_.grid.count();
  const size_t first = worker_.first_of(layer_.segments.count * tiles);
  const size_t end = worker_.end_of(layer_.segments.count * tiles);
  for (size_t s = first / tiles; s * tiles < end; ++s) {
    const Share share = {share_.grid, std::max(first, s * tiles) - s * tiles,
                         std::min(end, (s + 1) * tiles) - s * tiles, 0};
    WeightProduct(step_, worker_, l_, share)
        .forward(layer_.segment(s), layer_.segments.sums_of(s), [](const Tile&, size_t) {});
  }
}

void TiledForward::join(const Tile& block) {
  const SegmentPlan& segments = layer_.segments;
  const auto sums_of = [&](size_t s) {
    return step_.at(segments.sums_of(s), block.row, block.col);
  };
  float* const z = step_.at(z_, block.row, block.col);
  std::copy_n(sums_of(0), block.rows * kBlock, z);
  for (size_t s = 1; s < segments.count; ++s) {
    step_.kernels.add_scaled(block.rows, kBlock, 1, sums_of(s), kBlock, z, kBlock);
  }
}

}  // namespace chainrule
