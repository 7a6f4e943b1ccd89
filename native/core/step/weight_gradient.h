#pragma once

#include <algorithm>

#include "step/context.h"
#include "step/optimizer.h"
#include "step/tiles.h"

namespace chainrule {

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
  ///
  /// Over tiles of bf16 it is called for kRowsOfPiece rows at a time, and for the bias row alone,
  /// which may come before the last rows above it.
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
  // Of a gradient over tiles: rows that are used at a time, and panels that take turns with a left
  // operand.
  static constexpr size_t kRowsOfPiece = 4;
  static constexpr size_t kPanelsInTurn = 4;

  float* compute(const Tile& tile, size_t tiles_left);
  /// Uses a block a few rows at a time, beside the product of the next one.
  template <typename Use>
  void for_each_over_tiles(const TileGrid& grid, size_t first, size_t end, const Use& use) {
    const TileRegion region(*step_.plan.tiles);
    size_t blocks = 0;   // so far
    Tile complete = {};  // but not yet used: the last block of the tile before
    // Asked once: a call for every few rows is felt.
    const bool finishes = step_.spec.l2 != 0 || gradients_ != nullptr;
    const auto use_rows = [&](const Tile& part, float* d_weight) {
      if (finishes) finish(part, d_weight);
      use(part, d_weight);
    };
    const auto use_piece = [&](const Tile& block, size_t number, size_t piece) {
      const Panel panel = step_.panel_of(l_, block);
      float* const d_weight = block_scratch(number);
      if (piece == 0) pack_rows(d_weight, panel);
      const size_t row = piece * kRowsOfPiece;
      if (row >= block.rows) return;
      use_rows({block.row + row, std::min(kRowsOfPiece, block.rows - row), block.col, block.cols},
               d_weight + row * panel.width);
    };
    for_each_in_turns(grid, first, end, [&](const Tile& tile, size_t tiles_left) {
      const size_t rows = step_.plan.layers[l_].parameters.weight_rows(tile.row, tile.rows);
      const auto block_at = [&](size_t b) {
        return block_in({tile.row, rows, tile.col, tile.cols}, b);
      };
      const auto work = [&](size_t block, size_t piece) {
        if (step_.plan.state_is_far) fetch_state(block_at(block), piece);
        const Tile before = block == 0 ? complete : block_at(block - 1);
        if (before.rows > 0) use_piece(before, blocks + block - 1, piece);
      };
      multiply_over_tiles(tile, blocks, tiles_left, BesideBlock(kBlock / kRowsOfPiece, work));
      if (rows > 0) {
        blocks += blocks_of(rows);
        complete = block_at(blocks_of(rows) - 1);
      }
      if (rows < tile.rows) {
        use_rows({tile.row + rows, 1, tile.col, tile.cols}, bias_gradient(tile));
      }
    });
    for (size_t piece = 0; complete.rows > 0 && piece < kBlock / kRowsOfPiece; ++piece) {
      use_piece(complete, blocks - 1, piece);
    }
  }
  /// Calls use(tile, tiles left) for tiles [first, end) of a grid, those of a few panels in turn:
  /// the left operand of a row of tiles stays in L2 for them.
  template <typename Use>
  static void for_each_in_turns(const TileGrid& grid, size_t first, size_t end, const Use& use) {
    const size_t down = grid.down();
    const size_t end_panel = (end + down - 1) / down;
    size_t tiles_left = end - first;
    for (size_t panel = first / down; panel < end_panel; panel += kPanelsInTurn) {
      for (size_t row = 0; row < down; ++row) {
        for (size_t p = panel; p < std::min(panel + kPanelsInTurn, end_panel); ++p) {
          const size_t i = p * down + row;
          if (i >= first && i < end) use(grid.at(i), tiles_left--);
        }
      }
    }
  }
  /// `blocks`: all those before the tile's.
  void multiply_over_tiles(const Tile& tile, size_t blocks, size_t tiles_left,
                           const BesideBlock& beside);
  /// Where block `number` of the worker's gradients is.
  float* block_scratch(size_t number) const {
    return step_.scratch(worker_) + number % 2 * kBlock * kBlock;
  }
  /// Brings a piece of a block's weights and moments to L2.
  void fetch_state(const Tile& block, size_t piece) const;
  /// Removes the columns that a narrow panel lacks from a block's rows.
  static void pack_rows(float* d_weight, const Panel& panel);
  /// What a gradient over tiles lacks after the product.
  void finish(const Tile& tile, float* d_weight);
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
  const float* wanted_[kMostWanted];  // a tile's weights and moments, or rows of the next batch
};

}  // namespace chainrule
