#pragma once

#include <algorithm>
#include <cstring>

#include "step/context.h"
#include "step/optimizer.h"
#include "step/tiles.h"

namespace chainrule {

/// The element of `array` at `offset`; null for an empty array.
inline float* part_of(AlignedArray<float>& array, size_t offset) {
  return array.size() == 0 ? nullptr : array.data() + offset;
}

/// dW += l2 W on a tile of layer `l`, without the bias.
void add_penalty(const StepContext& step, size_t l, const Tile& tile, float* d_weight);

/// dW_l = A_{l-1}^T delta_l, tile by tile.
class WeightGradient {
 public:
  /// Writes to `gradients` (laid out like the parameters). If that is null, writes each tile to
  /// scratch memory, where the next tile overwrites it.
  WeightGradient(const StepContext& step, const Worker& worker, size_t l, const Rows& rows,
                 float* gradients);

  /// Calls use(tile, d_weight) for this worker's tiles of W_l and its bias row; d_weight
  /// (tile.rows, panel width) is the gradient, L2 penalty included. With a scale of the inputs, for
  /// the first layer it is dV of InputScalePlan, without penalty: see split_gradient().
  template <typename Use>
  void for_each_tile(const Use& use) {
    const TileGrid& grid = step_.plan.layers[l_].d_weight;
    const size_t first = worker_.first_of(grid.count());
    const size_t end = worker_.end_of(grid.count());
    if (step_.plan.tiles != nullptr) return for_each_over_tiles(grid, first, end, use);
    for (size_t i = first; i < end; ++i) {
      const Tile tile = grid.at(i);
      use(tile, compute(tile, end - i));
    }
  }

 private:
  // Arrays that one product prefetches: a tile's weights and moments, or rows of the next batch.
  static constexpr size_t kMostWanted = 32;
  // Of a gradient over tiles.
  static constexpr size_t kRowsOfPiece = 4;

  float* compute(const Tile& tile, size_t tiles_left);
  /// Uses a few rows at a time, beside the product of the block after them.
  template <typename Use>
  void for_each_over_tiles(const TileGrid& grid, size_t first, size_t end, const Use& use) {
    const TileRegion region(*step_.plan.tiles);
    for (size_t i = first; i < end; ++i) {
      const Tile tile = grid.at(i);
      const Panel panel = step_.panel_of(l_, tile);
      const size_t weight_rows = step_.plan.layers[l_].parameters.weight_rows(tile.row, tile.rows);
      const auto use_rows = [&](size_t row, size_t rows, float* d_weight) {
        const Tile part = {tile.row + row, rows, tile.col, tile.cols};
        complete(part, d_weight);
        use(part, d_weight);
      };
      const auto piece_of = [&](size_t block, size_t piece) {
        float* const d_weight = step_.scratch(worker_) + block % 2 * kBlock * kBlock;
        if (piece == 0) pack_rows(d_weight, panel);
        const size_t row = piece * kRowsOfPiece;
        const size_t rows = weight_rows - block * kBlock;
        if (row >= rows) return;
        use_rows(block * kBlock + row, std::min(kRowsOfPiece, rows - row),
                 d_weight + row * panel.width);
      };
      multiply_over_tiles(tile, end - i, AfterBlock(kBlock / kRowsOfPiece, piece_of));
      if (weight_rows < tile.rows) use_rows(weight_rows, 1, bias_gradient(tile));
    }
  }
  void multiply_over_tiles(const Tile& tile, size_t tiles_left, const AfterBlock& after);
  /// Removes the columns that a narrow panel lacks from a block's rows.
  static void pack_rows(float* d_weight, const Panel& panel);
  /// What a gradient over tiles lacks after the product.
  void complete(const Tile& tile, float* d_weight);
  /// Sums of delta over the rows of the batch, in float32, for a panel.
  float* bias_gradient(const Tile& tile);
  void pack_delta(const Tile& tile, const Panel& panel);
  Wanted want(size_t corner, size_t floats, size_t tiles_left);

  const StepContext& step_;
  const Worker& worker_;
  const size_t l_;
  const Rows& rows_;
  float* const gradients_;
  float* const packed_;
  size_t packed_col_;  // of the panel of delta in `packed_`
  std::span<const uint32_t> next_;
  const float* wanted_[kMostWanted];
};

}  // namespace chainrule
