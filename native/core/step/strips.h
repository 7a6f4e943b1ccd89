#pragma once

#include <algorithm>

#include "step/context.h"

namespace chainrule {

/// Copies a tile of layer l's input, and the constants 1 that follow its last column, to the strips
/// that dW reads, if the plan has any: see StripPlan.
inline void copy_to_strips(const StepContext& step, size_t l, const Tile& tile,
                           const Buffer& input) {
  const StripPlan& strips = step.plan.layers[l].strips;
  if (strips.cols == 0) return;
  const LayerLayout& weight = step.plan.layers[l].parameters;
  const size_t last = tile.col + tile.cols;
  const size_t end = last == weight.in ? weight.rows : last;
  for (size_t col = tile.col; col < end;) {
    const size_t cols = std::min(strips.columns_from(col), end - col);
    step.kernels.copy(tile.rows, cols, step.at(input, tile.row, col), input.stride,
                      step.at(strips.at(col)) + tile.row * strips.cols, strips.cols);
    col += cols;
  }
}

}  // namespace chainrule
