#include "step/loss.h"

#include <algorithm>

#include "step/elementwise.h"
#include "step/tiles.h"

namespace chainrule {
namespace {

/// 1/2 * l2 * sum W^2 over the weights, without the biases.
double penalty(const StepContext& step, const Worker& worker) {
  if (step.spec.l2 == 0) return 0;
  const double squares = sum_over_tiles(step, worker, [&](const WeightTile& weight) {
    const LayerLayout& layer = step.plan.layers[weight.layer].parameters;
    return step.kernels.sum_of_squares(layer.weight_rows(weight.tile.row, weight.tile.rows),
                                       weight.panel.cols, weight.panel.width,
                                       step.state.parameters.data() + weight.corner);
  });
  return 0.5 * step.spec.l2 * squares;
}

}  // namespace

void delta_at_output(const StepContext& step, const Worker& worker, const Rows& rows) {
  const size_t l = step.plan.layers.size() - 1;
  const LayerPlan& last = step.plan.layers[l];
  const size_t out = last.parameters.out;
  const size_t first = step.first_row(worker, rows.count);
  const size_t count = step.end_row(worker, rows.count) - first;
  const Block block = step.is_transposed() ? transposed_block(step, out)
                                           : block_of(last.a, {first, count, 0, out}, out);
  const LossTile tile = {
      .rows = count,
      .cols = out,
      .transposed = block.transposed,
      .stride = block.stride,
      .output = block.in(step, last.a),
      .targets = rows.targets == nullptr ? nullptr : rows.targets + first * out,
      .labels = rows.labels == nullptr ? nullptr : rows.labels + first,
      .row_scale = step.at(step.plan.row_scale) + first,
      .delta = block.in(step, last.delta),
      .row_loss = step.workspace.row_loss.data() + first,
      .parameters = step.spec.loss_parameters.data(),
  };
  step.kernels.loss_of(step.spec.loss)(tile);
  // delta_L = dL/dA (.) g'(Z)
  if (!step.spec.loss_takes_logits()) {
    if (info_of(last.activation).row_wise) {
      step.kernels.softmax_jacobian(count, out, tile.stride, tile.delta, tile.output);
    } else {
      multiply_by_derivative(step, l, block, last.delta);
    }
  }
  if (step.plan.tiles != nullptr && step.plan.purpose != Purpose::kInference) {
    write_delta_images(step, l, {first, count, 0, out});
  }
}

BatchLoss total_loss(const StepContext& step, const Worker& worker, const Rows& rows) {
  step.begin(step.plan.loss_phase, worker);
  const double loss = step.sum_over_batch(worker, [&](double sum) {
    for (size_t r = 0; r < rows.count; ++r) {
      sum += static_cast<double>(step.at(step.plan.row_scale)[r]) * step.workspace.row_loss[r];
    }
    return sum;
  });
  const double l2 = penalty(step, worker);
  return {loss + l2, l2};
}

}  // namespace chainrule
