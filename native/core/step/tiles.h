#pragma once

#include <algorithm>

#include "step/context.h"

namespace chainrule {

/// Products over tiles of bf16 (kernels/tiles.h), if the plan has kernels for them. A phase is what
/// it is in float32, but for its product: all sums, weights and gradients are float32, and whoever
/// ends a tile of activations or deltas writes its images, which may be all that is kept of it. A
/// weight's images are made where they are needed, panel by panel, and thrown away.

/// Block `number` of a tile that is at most one panel wide.
inline Tile block_in(const Tile& tile, size_t number) {
  const size_t row = number * kBlock;
  return {tile.row + row, std::min(kBlock, tile.rows - row), tile.col, tile.cols};
}

/// Writes the images of a block of layer l's input: block `row` of the rows, `col` of the columns.
void write_input_images(const StepContext& step, size_t l, const FloatBlock& block, size_t row,
                        size_t col);
/// Writes the images of a tile, which begins at whole blocks, of the output layer's delta, and its
/// sum_rows(), since the tile is in cache.
void write_delta_images(const StepContext& step, size_t l, const Tile& tile);
/// Half of the images of a tile that is a block: see TileKernels.
void write_input_images(const StepContext& step, size_t l, const Buffer& input, const Tile& tile,
                        size_t half);
void write_delta_images(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile,
                        size_t half);

/// A block's sums of delta over its rows, for the bias.
void sum_rows(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile);
/// A = relu(Z) on a block. Returns the sum of its squares.
float relu_of(const StepContext& step, const Buffer& z, const Tile& tile);
/// delta (.) relu'(Z) on a block of layer l, whose A is positive where its image is, and its
/// sum_rows(). Returns the sum of its squares.
float delta_of_relu(const StepContext& step, size_t l, const Buffer& delta, const Tile& tile);

/// Whether all inputs of layer l are finite, by their images: those above 3.39e38 are not.
bool has_finite_images(const StepContext& step, size_t l, size_t rows);

/// Where a worker's sums go that are not stored.
inline Buffer own_sums(const StepContext& step, const Worker& worker) {
  Buffer sums = step.plan.sums;
  sums.offset += worker.index * step.plan.sums_floats;
  return sums;
}

/// A worker's share of a product with a layer's weight, panel by panel, as the sum of products of
/// slices of the depth, whose operands stay in cache; where not all of the left operand stays in
/// L2, a few panels take turns with each slice. A slice's images are made once for all rows, beside
/// the product before it.
class WeightProduct {
 public:
  /// What follows the product of a block: what works element by element, then each half of the
  /// images.
  static constexpr size_t kPiecesOfEnd = 3;

  WeightProduct(const StepContext& step, const Worker& worker, size_t l, const Share& share)
      : step_(step),
        layer_(step.plan.layers[l]),
        l_(l),
        share_(share),
        images_(step.workspace.panels.data() + worker.index * step.plan.panel_words) {}

  /// Z with the bias, or a segment of its depth, to `z`. Calls end(tile, piece), piece <
  /// kPiecesOfEnd, for each complete tile of 32 rows, beside the next one's product.
  template <typename End>
  void forward(const Depth& depth, const Buffer& z, const End& end) {
    const auto write = [&](const Turn& turn, size_t half, uint16_t* to) {
      write_right(turn, half, to);
    };
    run(depth, write, end,
        [&](const Turn& turn, TileProduct& product) { multiply_forward(depth, turn, z, product); });
  }
  /// dX to `d_input`; `end` likewise. `wanted(tile, depth)`: what to prefetch in a product with
  /// those rows of the weight's transpose.
  template <typename Wants, typename End>
  void backward(const Buffer& d_input, const Wants& wanted, const End& end) {
    const auto write = [&](const Turn& turn, size_t half, uint16_t* to) {
      write_transposed(turn, half, to);
    };
    const Depth depth = {0, layer_.parameters.out};
    run(depth, write, end, [&](const Turn& turn, TileProduct& product) {
      product.wanted = wanted(turn.tile, Depth{turn.first, turn.end});
      multiply(turn, blocks_of(depth.end), layer_.images.delta, d_input, product);
    });
  }

 private:
  /// A product: a panel, and [first, end) of the depth.
  struct Turn {
    Tile tile;
    size_t first, end;
    bool is_first, is_last;  // of its panel
    size_t halves() const { return 2 * blocks_of(end - first); }
    size_t blocks() const { return blocks_of(tile.rows); }
  };

  /// Beside the product of each block: first the pieces of end() for the block before it, then this
  /// block's share of the next turn's images.
  template <typename Write, typename End, typename Multiply>
  void run(const Depth& depth, const Write& write, const End& end, const Multiply& multiply) {
    const TileRegion region(*step_.plan.tiles);
    const size_t turns = turns_of(depth);
    Turn now, next = turns > 0 ? turn_of(0, depth) : Turn{};
    Tile complete = {};  // but not yet ended: the last block of the turn before
    for (size_t half = 0; half < next.halves(); ++half) write(next, half, images_);
    for (size_t i = 0; i < turns; ++i) {
      now = next;
      next = i + 1 < turns ? turn_of(i + 1, depth) : Turn{};
      uint16_t* const next_images = images_of(i + 1);
      const size_t ends = now.is_last || complete.rows > 0 ? kPiecesOfEnd : 0;
      const size_t writes = (next.halves() + now.blocks() - 1) / now.blocks();
      const auto end_previous = [&](size_t block, size_t piece) {
        if (block == 0) {
          if (complete.rows > 0) end(complete, piece);
        } else if (now.is_last) {
          end(block_in(now.tile, block - 1), piece);
        }
      };
      const auto work = [&](size_t block, size_t piece) {
        if (piece < ends) return end_previous(block, piece);
        const size_t half = block * writes + piece - ends;
        if (half < next.halves()) write(next, half, next_images);
      };
      TileProduct product = {.right = images_of(i), .beside = BesideBlock(ends + writes, work)};
      multiply(now, product);
      complete = now.is_last ? block_in(now.tile, now.blocks() - 1) : Tile{};
    }
    for (size_t piece = 0; complete.rows > 0 && piece < kPiecesOfEnd; ++piece) end(complete, piece);
  }
  uint16_t* images_of(size_t turn) const { return images_ + turn % 2 * step_.plan.panel_words / 2; }

  size_t turns_of(const Depth& depth) const;
  Turn turn_of(size_t i, const Depth& depth) const;

  // Half `half` of the images of a turn's right operand, of which a block has two.
  void write_right(const Turn& turn, size_t half, uint16_t* images) const;
  void write_transposed(const Turn& turn, size_t half, uint16_t* images) const;

  // Brings half of a block of weights to L2.
  void fetch_half(const float* block, size_t half) const;

  void multiply_forward(const Depth& depth, const Turn& turn, const Buffer& z,
                        TileProduct& product);
  /// With the left operands at `left`, `across` blocks in each row of blocks.
  void multiply(const Turn& turn, size_t across, size_t left, const Buffer& c,
                TileProduct& product) const;
  Wanted next_weights(const Depth& depth, const Tile& tile);

  const StepContext& step_;
  const LayerPlan& layer_;
  const size_t l_;
  const Share& share_;
  uint16_t* const images_;               // of two panels
  const float* next_weights_ = nullptr;  // for Wanted
};

/// dW of a tile, which begins at whole blocks, without its bias row: blocks of (32, 32), which take
/// turns in `d_weight`, (2, 32, 32), from place `first` on.
void weight_gradient_of(const StepContext& step, size_t l, const Rows& rows, const Tile& tile,
                        float* d_weight, size_t first, const Wanted& wanted,
                        const BesideBlock& beside);

}  // namespace chainrule
