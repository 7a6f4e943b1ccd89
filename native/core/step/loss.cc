#include "step/loss.h"

#include <algorithm>

namespace chainrule {
namespace {

/// 1/2 * l2 * sum W^2 over the weights, without the biases.
double penalty(const StepContext& step, const Worker& worker) {
  if (step.spec.l2 == 0) return 0;
  const size_t tiles = for_each_own_tile(step, worker, [&](const WeightTile& weight) {
    const size_t in = step.plan.layers[weight.layer].parameters.in;
    const size_t rows = std::min(weight.tile.rows, in - std::min(in, weight.tile.row));
    step.workspace.tile_sums[weight.number] = step.kernels.sum_of_squares(
        rows, weight.panel.cols, weight.panel.width, step.state.parameters.data() + weight.corner);
  });
  worker.wait_for_others();
  double sum = 0;
  for (size_t i = 0; i < tiles; ++i) sum += step.workspace.tile_sums[i];
  return 0.5 * step.spec.l2 * sum;
}

}  // namespace

void delta_at_output(const StepContext& step, const Worker& worker, const Rows& rows) {
  const LayerPlan& last = step.plan.layers.back();
  const size_t out = last.parameters.out;
  const size_t first = worker.first_of(rows.count);
  const LossTile tile = {
      .rows = worker.end_of(rows.count) - first,
      .cols = out,
      .stride = last.a.stride,
      .output = step.at(last.a, first),
      .targets = rows.targets == nullptr ? nullptr : rows.targets + first * out,
      .labels = rows.labels == nullptr ? nullptr : rows.labels + first,
      .row_scale = step.at(step.plan.row_scale) + first,
      .delta = step.at(last.delta, first),
      .row_loss = step.workspace.row_loss.data() + first,
      .parameter = step.loss_parameter(),
  };
  step.kernels.loss_of(step.spec.loss)(tile);
  if (!step.spec.loss_takes_logits()) {
    // delta_L = dL/dA (.) g'(Z)
    if (info_of(last.activation).row_wise) {
      step.kernels.softmax_jacobian(tile.rows, out, tile.stride, tile.delta, tile.output);
    } else {
      step.kernels.derivative(last.activation)(tile.rows, out, tile.stride, tile.delta,
                                               step.at(last.derivative_from(), first), last.slope);
    }
  }
}

double total_loss(const StepContext& step, const Worker& worker, const Rows& rows) {
  worker.wait_for_others();
  double loss = 0;
  for (size_t r = 0; r < rows.count; ++r) {
    loss += static_cast<double>(step.at(step.plan.row_scale)[r]) * step.workspace.row_loss[r];
  }
  return loss + penalty(step, worker);
}

}  // namespace chainrule
