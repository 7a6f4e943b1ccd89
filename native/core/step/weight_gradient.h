#pragma once

#include <algorithm>
#include <cstring>

#include "step/context.h"
#include "step/optimizer.h"

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
    const size_t end = worker_.end_of(grid.count());
    for (size_t i = worker_.first_of(grid.count()); i < end; ++i) {
      const Tile tile = grid.at(i);
      use(tile, compute(tile, end - i));
    }
  }

 private:
  // Arrays that one product prefetches: a tile's weights and moments, or rows of the next batch.
  static constexpr size_t kMostWanted = 32;

  float* compute(const Tile& tile, size_t tiles_left);
  float* compute_over_tiles(const Tile& tile, size_t tiles_left);
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
