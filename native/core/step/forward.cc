#include "step/forward.h"

#include <algorithm>

#include "step/dropout.h"

namespace chainrule {
namespace {

/// Finishes a tile of Z while it is in cache. `raw`: without the activation.
void finish_activations(const StepContext& step, size_t l, const Tile& tile, bool raw,
                        const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  if (!raw && !step.is_relu(l) && layer.activation != Activation::kIdentity) {
    // Over the whole width of the panel: the floats after the last column are unused.
    step.kernels.activation(layer.activation)(tile.rows, step.panel_of(l, tile).width,
                                              layer.a.stride, step.at(layer.z, tile.row, tile.col),
                                              step.at(layer.a, tile.row, tile.col), layer.slope);
  }
  if (step.drops_out(l, rows)) drop_out(step, l, tile, rows, layer.a, layer.dropped);
  if (tile.col + tile.cols < layer.parameters.out) return;
  // The constant 1 that the next layer's bias multiplies.
  for (size_t r = tile.row; r < tile.row + tile.rows; ++r) {
    *step.at(layer.a, r, layer.parameters.out) = 1;
    *step.at(layer.dropped, r, layer.parameters.out) = 1;
  }
}

/// A tile of A_l, in one pass, or in several for a deep product.
void forward_tile(const StepContext& step, size_t l, const Tile& tile, bool raw, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  const Buffer& x = step.input_of(l, rows);
  const Panel panel = step.panel_of(l, tile);
  const bool fused = step.is_relu(l) && !raw;
  for (size_t k = 0; k < layer.parameters.rows; k += kMostDepth) {
    const size_t depth = std::min(kMostDepth, layer.parameters.rows - k);
    const bool last = k + depth == layer.parameters.rows;
    step.kernels.multiply({.rows = tile.rows,
                           .depth = depth,
                           .width = panel.width,
                           .a = step.at(x, tile.row, k),
                           .a_row = x.stride,
                           .a_depth = 1,
                           .b = step.state.parameters.data() + panel.offset + k * panel.width,
                           .b_stride = panel.width,
                           .c = step.at(layer.z, tile.row, tile.col),
                           .c_stride = layer.z.stride,
                           .accumulate = k > 0,
                           .epilogue = fused && last ? Epilogue::kActivate : Epilogue::kNone});
  }
  finish_activations(step, l, tile, raw, rows);
}

}  // namespace

void forward(const StepContext& step, const Worker& worker, const Rows& rows, bool to_logits) {
  bool rows_are_own = true;  // this worker wrote the rows that it reads next
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    const LayerPlan& layer = step.plan.layers[l];
    const bool last = l + 1 == step.plan.layers.size();
    // Softmax needs whole rows, which a tile may not have: it runs once all tiles are complete.
    const bool raw = last && (to_logits || layer.activation == Activation::kSoftmax);
    const bool by_rows = layer.forward_by_rows && step.tiles_may_vary();
    if (!rows_are_own || !by_rows) worker.wait_for_others();
    const Share share = share_of(worker, layer.forward, rows.count, by_rows);
    for (size_t i = share.first; i < share.end; ++i)
      forward_tile(step, l, share.tile(i), raw, rows);
    rows_are_own = by_rows;
  }
  if (!rows_are_own) worker.wait_for_others();
  const LayerPlan& last = step.plan.layers.back();
  if (last.activation == Activation::kSoftmax && !to_logits) {
    const size_t first = worker.first_of(rows.count);
    step.kernels.activation(Activation::kSoftmax)(
        worker.end_of(rows.count) - first, last.parameters.out, last.a.stride,
        step.at(last.a, first), step.at(last.a, first), 0);
  }
}

}  // namespace chainrule
