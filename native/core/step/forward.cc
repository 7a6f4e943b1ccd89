#include "step/forward.h"

#include <algorithm>

#include "step/elementwise.h"
#include "step/finite.h"
#include "step/input_scale.h"
#include "step/strips.h"
#include "step/tiled_forward.h"

namespace chainrule {
namespace {

/// A tile of A_l, in one pass, or in several for a deep product. `raw`: without the activation.
void forward_tile(const StepContext& step, size_t l, const Tile& tile, bool raw, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  const Buffer& x = step.input_of(l, rows);
  const Panel panel = step.panel_of(l, tile);
  const bool in_product = info_of(layer.activation).in_product && !raw;
  for (size_t k = 0; k < layer.parameters.rows; k += step.plan.most_depth) {
    const size_t depth = std::min(step.plan.most_depth, layer.parameters.rows - k);
    const bool last = k + depth == layer.parameters.rows;
    step.kernels.multiply({.rows = tile.rows,
                           .depth = depth,
                           .width = panel.width,
                           .a = step.at(x, tile.row, k),
                           .a_row = x.stride,
                           .a_depth = 1,
                           .b = step.multiplier(l, panel, k),
                           .b_stride = panel.width,
                           .c = step.at(layer.z, tile.row, tile.col),
                           .c_stride = layer.z.stride,
                           .accumulate = k > 0,
                           .epilogue = in_product && last ? Epilogue::kActivate : Epilogue::kNone});
  }
  // Over the whole width of the panel: the floats after the last column are unused.
  finish_forward(step, l, block_of(layer.a, tile, panel.width), layer.z, layer.a, in_product || raw,
                 rows);
}

/// The constant 1 that the next layer's bias multiplies, after the last column of a tile's rows.
void put_ones(const StepContext& step, const LayerPlan& layer, const Tile& tile) {
  if (tile.col + tile.cols < layer.parameters.out) return;
  for (size_t r = tile.row; r < tile.row + tile.rows; ++r) {
    *step.at(layer.a, r, layer.parameters.out) = 1;
    *step.at(layer.dropped, r, layer.parameters.out) = 1;
  }
}

/// This worker's share of A_l. Returns the sum of its squares if `sums`.
double forward_share(const StepContext& step, size_t l, const Share& share, bool raw,
                     const Rows& rows, bool sums) {
  const LayerPlan& layer = step.plan.layers[l];
  for (size_t i = share.first; i < share.end; ++i) {
    const Tile tile = share.tile(i);
    forward_tile(step, l, tile, raw, rows);
    put_ones(step, layer, tile);
    if (&layer != &step.plan.layers.back()) {
      copy_to_strips(step, l + 1, tile, step.input_of(l + 1, rows));
    }
  }
  return sums ? squares_of(step, share, layer.a, layer.parameters.out) : 0;
}

}  // namespace

void forward(const StepContext& step, const Worker& worker, const Rows& rows, bool to_logits,
             Magnitudes* magnitudes) {
  const LayerPlan& last = step.plan.layers.back();
  if (step.plan.scale.inputs > 0) weigh_inputs(step, worker, magnitudes);
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    const LayerPlan& layer = step.plan.layers[l];
    // Softmax needs whole rows, which a tile may not have: it runs once all tiles are complete.
    const bool raw = &layer == &last && (to_logits || info_of(layer.activation).row_wise);
    const bool sees = magnitudes != nullptr && &layer != &last;
    const bool sums = sees && !info_of(layer.activation).is_bounded;
    step.begin(layer.forward_phase, worker);
    const Share share = share_of(worker, layer.forward, rows.count, layer.forward_phase.division);
    const double squares = step.plan.tiles == nullptr
                               ? forward_share(step, l, share, raw, rows, sums)
                               : TiledForward(step, worker, l, share, raw, rows, sums).run();
    if (sees) see_outputs(step, l, rows, squares, *magnitudes);
  }
  step.begin(step.plan.output_phase, worker);
  if (info_of(last.activation).row_wise && !to_logits) {
    const size_t first = step.first_row(worker, rows.count);
    step.kernels.activation(last.activation)(step.end_row(worker, rows.count) - first,
                                             last.parameters.out, last.a.stride,
                                             step.at(last.a, first), step.at(last.a, first), 0);
  }
}

}  // namespace chainrule
