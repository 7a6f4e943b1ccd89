#pragma once

#include "step/context.h"

namespace chainrule {

/// What of a layer's buffers the elementwise operations below work on: a tile of (rows, out), or on
/// the narrow path the whole transpose (out, rows).
struct Block {
  Tile tile;
  size_t width;   // floats of a row to work on; more than the tile's columns if a panel has padding
  size_t stride;  // of the buffers
  bool transposed = false;

  float* in(const StepContext& step, const Buffer& buffer) const {
    if (transposed) return step.at(buffer.offset) + tile.row * stride + tile.col;
    return step.at(buffer, tile.row, tile.col);
  }
  /// Calls kernel(rows, cols, stride), with a single row if there are no gaps.
  template <typename Kernel>
  void run(const Kernel& kernel) const {
    if (width == stride) {
      const size_t floats = tile.rows * stride;
      kernel(1, floats, floats);
    } else {
      kernel(tile.rows, width, stride);
    }
  }
};

inline Block block_of(const Buffer& buffer, const Tile& tile, size_t width) {
  return {tile, width, buffer.stride};
}

/// All of a layer's transpose.
inline Block transposed_block(const StepContext& step, size_t units) {
  const size_t stride = step.plan.narrow_rows;
  return {{0, units, 0, stride}, stride, stride, true};
}

/// Applies this step's dropout mask of layer `l`. The values that stay are scaled up, so that the
/// next layer's expected sums do not change.
void drop_out(const StepContext& step, size_t l, const Block& block, const Rows& rows,
              const Buffer& from, const Buffer& to);

/// a = g(z), then dropout, on a block whose Z is complete. `activated`: g is already applied.
inline void finish_forward(const StepContext& step, size_t l, const Block& block, const Buffer& z,
                           const Buffer& a, bool activated, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  if (!activated) {
    block.run([&](size_t count, size_t cols, size_t stride) {
      step.kernels.activation(layer.activation)(count, cols, stride, block.in(step, z),
                                                block.in(step, a), layer.slope);
    });
  }
  if (step.drops_out(l, rows)) drop_out(step, l, block, rows, a, layer.dropped);
}

/// delta (.) g'(z).
inline void multiply_by_derivative(const StepContext& step, size_t l, const Block& block,
                                   const Buffer& delta) {
  const LayerPlan& layer = step.plan.layers[l];
  block.run([&](size_t count, size_t cols, size_t stride) {
    step.kernels.derivative(layer.activation)(count, cols, stride, block.in(step, delta),
                                              block.in(step, layer.derivative_from()), layer.slope);
  });
}

/// dL/dZ_l from dL/dA_l in the layer's delta: the dropout mask, then g'. `derived`: delta is
/// already multiplied by g'.
inline void finish_backward(const StepContext& step, size_t l, const Block& block,
                            const Buffer& delta, bool derived, const Rows& rows) {
  if (step.drops_out(l, rows)) drop_out(step, l, block, rows, delta, delta);
  if (!derived) multiply_by_derivative(step, l, block, delta);
}

}  // namespace chainrule
