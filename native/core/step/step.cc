#include "step/step.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/random.h"

namespace chainrule {

// ---- The step, from end to end ---------------------------------------------------------------

StepLoss Step::train(const Worker& worker, const Batch& batch, double learning_rate) {
  // Read before the first wait: the first worker counts the step when it has done its part of it.
  const Update update(spec_.optimizer, learning_rate, state_.step + 1);
  if (plan_.narrow() && workspace_.gradients.size() == 0)
    return train_narrow(worker, batch, update);
  const Rows rows = gather(worker, batch, true);
  forward(worker, rows, spec_.loss_takes_logits());
  delta_at_output(worker, rows);
  backward_own_rows(worker, rows);
  // Every worker has the same loss and comes to the same decision.
  const double loss = total_loss(worker, rows);
  if (!std::isfinite(loss)) return {loss, rows.weight};
  if (workspace_.gradients.size() > 0) {
    // A norm is known only when every gradient is: gradients first, then the update.
    backward_to_gradients(worker, rows);
    add_to_sum(worker, rows.weight);
    if (!clip_and_update(worker, update)) return {NAN, rows.weight};
  } else {
    backward_and_update(worker, rows, update);
  }
  if (worker.index == 0) ++state_.step;
  return {loss, rows.weight};
}

StepLoss Step::gradients(const Worker& worker, const Batch& batch, float* d_inputs) {
  const Rows rows = gather(worker, batch, false);
  forward(worker, rows, spec_.loss_takes_logits());
  delta_at_output(worker, rows);
  backward_own_rows(worker, rows);
  const double loss = total_loss(worker, rows);
  backward_to_gradients(worker, rows);
  if (d_inputs != nullptr) input_gradients(worker, rows, d_inputs);
  return {loss, rows.weight};
}

StepLoss Step::evaluate(const Worker& worker, const Batch& batch, float* outputs) {
  const Rows rows = gather(worker, batch, false);
  forward(worker, rows, spec_.loss_takes_logits());
  delta_at_output(worker, rows);
  const double loss = total_loss(worker, rows);
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  for (size_t r = worker.first_of(rows.count); outputs != nullptr && r < worker.end_of(rows.count);
       ++r) {
    std::memcpy(outputs + r * out, at(last.a, r), out * sizeof(float));
    if (spec_.loss_takes_logits()) {
      kernels_.activation(last.activation)(1, out, out, outputs + r * out, 0);
    }
  }
  worker.wait_for_others();
  return {loss, rows.weight};
}

void Step::predict(const Worker& worker, const float* inputs, size_t count, float* outputs) {
  Rows rows;
  rows.count = count;
  gather_inputs(worker, {.samples = {.rows = count, .inputs = inputs}, .rows = count});
  forward(worker, rows, false);
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  for (size_t r = worker.first_of(count); r < worker.end_of(count); ++r) {
    std::memcpy(outputs + r * out, at(last.a, r), out * sizeof(float));
  }
  worker.wait_for_others();
}

// ---- Forward: A_l = g_l(A_{l-1} W_l + b_l) ---------------------------------------------------

/// This worker's tiles of a product that has a row for each of the batch: all in its own rows, or
/// those of its own among all.
Step::Share Step::share_of(const Worker& worker, const TileGrid& grid, const Rows& rows,
                           bool by_rows) const {
  if (!by_rows) {
    const TileGrid all = grid.with_rows(rows.count);
    return {all, worker.first_of(all.count()), worker.end_of(all.count()), 0};
  }
  const size_t first = worker.first_of(rows.count);
  const TileGrid own = grid.with_rows(worker.end_of(rows.count) - first);
  return {own, 0, own.count(), first};
}

/// `to_logits` leaves Z in place of the output layer's activation.
void Step::forward(const Worker& worker, const Rows& rows, bool to_logits) {
  bool rows_are_own = true;  // what this worker is about to read it has written itself
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const LayerPlan& layer = plan_.layers[l];
    const bool last = l + 1 == plan_.layers.size();
    // A softmax needs whole rows, which a tile may not have: it follows when all are there.
    const bool raw = last && (to_logits || layer.activation == Activation::kSoftmax);
    const bool by_rows = layer.forward_by_rows && tiles_may_vary();
    if (!rows_are_own || !by_rows) worker.wait_for_others();
    const Share share = share_of(worker, layer.forward, rows, by_rows);
    for (size_t i = share.first; i < share.end; ++i) forward_tile(l, share.tile(i), raw, rows);
    rows_are_own = by_rows;
  }
  if (!rows_are_own) worker.wait_for_others();
  const LayerPlan& last = plan_.layers.back();
  if (last.activation == Activation::kSoftmax && !to_logits) {
    const size_t first = worker.first_of(rows.count);
    kernels_.activation(Activation::kSoftmax)(worker.end_of(rows.count) - first,
                                              last.parameters.out, last.a.stride, at(last.a, first),
                                              0);
  }
}

void Step::forward_tile(size_t l, const Tile& tile, bool raw, const Rows& rows) {
  const LayerPlan& layer = plan_.layers[l];
  const Buffer& x = input_of(l, rows);
  const Panel panel = panel_of(l, tile);
  const bool fused = is_relu(l) && !raw;
  for (size_t k = 0; k < layer.parameters.rows; k += kMostDepth) {
    const size_t depth = std::min(kMostDepth, layer.parameters.rows - k);
    const bool last = k + depth == layer.parameters.rows;
    kernels_.multiply({.rows = tile.rows,
                       .depth = depth,
                       .width = panel.width,
                       .a = at(x, tile.row, k),
                       .a_row = x.stride,
                       .a_depth = 1,
                       .b = state_.parameters.data() + panel.offset + k * panel.width,
                       .b_stride = panel.width,
                       .c = at(layer.a, tile.row, tile.col),
                       .c_stride = layer.a.stride,
                       .accumulate = k > 0,
                       .epilogue = fused && last ? Epilogue::kActivate : Epilogue::kNone});
  }
  finish_activations(l, tile, raw, rows);
}

/// What is left to do on a tile of Z while it is in cache: `raw` leaves it as it is.
void Step::finish_activations(size_t l, const Tile& tile, bool raw, const Rows& rows) {
  const LayerPlan& layer = plan_.layers[l];
  if (!raw && !is_relu(l) && layer.activation != Activation::kIdentity) {
    // Over the whole panel: what lies beyond the last column is nobody's.
    kernels_.activation(layer.activation)(tile.rows, panel_of(l, tile).width, layer.a.stride,
                                          at(layer.a, tile.row, tile.col), layer.slope);
  }
  if (drops_out(l, rows)) drop_out(l, tile, rows, layer.a, layer.dropped);
  if (tile.col + tile.cols < layer.parameters.out) return;
  // The constant that the next layer's bias is a weight on.
  for (size_t r = tile.row; r < tile.row + tile.rows; ++r) {
    *at(layer.a, r, layer.parameters.out) = 1;
    *at(layer.dropped, r, layer.parameters.out) = 1;
  }
}

/// A tile of layer `l` under this step's mask. Inverted dropout: what stays is scaled, so that the
/// sums expected above do not change.
void Step::drop_out(size_t l, const Tile& tile, const Rows& rows, const Buffer& from,
                    const Buffer& to) {
  kernels_.dropout(dropout_mask(l, rows), tile, from.stride, at(from, tile.row, tile.col),
                   at(to, tile.row, tile.col));
}

DropoutMask Step::dropout_mask(size_t l, const Rows& rows) const {
  const LayerPlan& layer = plan_.layers[l];
  return {
      .key = {spec_.seed, static_cast<uint32_t>(Stream::kDropout) + 256 * static_cast<uint32_t>(l)},
      .step = rows.step,
      .by_row = static_cast<uint32_t>(layer.parameters.out),
      .by_col = 1,
      .threshold = static_cast<uint32_t>(layer.dropout * 4294967296.0),
      .scale = static_cast<float>(1 / (1 - layer.dropout))};
}

// ---- Loss, and delta_L = dL/dZ_L -------------------------------------------------------------

/// Of this worker's rows, with their losses.
void Step::delta_at_output(const Worker& worker, const Rows& rows) {
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  const size_t first = worker.first_of(rows.count);
  const LossTile tile = {
      .rows = worker.end_of(rows.count) - first,
      .cols = out,
      .stride = last.a.stride,
      .output = at(last.a, first),
      .targets = rows.targets == nullptr ? nullptr : rows.targets + first * out,
      .labels = rows.labels == nullptr ? nullptr : rows.labels + first,
      .row_scale = at(plan_.row_scale) + first,
      .delta = at(last.delta, first),
      .row_loss = workspace_.row_loss.data() + first,
  };
  loss_kernel()(tile);
  if (!spec_.loss_takes_logits()) {
    // delta_L = dL/dA (.) g'(Z)
    if (last.activation == Activation::kSoftmax) {
      kernels_.softmax_jacobian(tile.rows, out, tile.stride, tile.delta, tile.output);
    } else {
      kernels_.derivative(last.activation)(tile.rows, out, tile.stride, tile.delta, tile.output,
                                           last.slope);
    }
  }
}

LossKernel Step::loss_kernel() const {
  switch (spec_.loss) {
    case Loss::kCrossEntropy:
      return kernels_.softmax_cross_entropy;
    case Loss::kBce:
      return kernels_.sigmoid_bce;
    case Loss::kMse:
      return kernels_.mse;
    default:
      return kernels_.half_mse;
  }
}

/// Waits for the losses of the others' rows.
double Step::total_loss(const Worker& worker, const Rows& rows) {
  worker.wait_for_others();
  double loss = 0;
  for (size_t r = 0; r < rows.count; ++r) {
    loss += static_cast<double>(at(plan_.row_scale)[r]) * workspace_.row_loss[r];
  }
  return loss + penalty(worker);
}

/// 1/2 * l2 * sum W^2 over the weights, without the biases.
double Step::penalty(const Worker& worker) {
  if (spec_.l2 == 0) return 0;
  const size_t tiles = for_each_own_tile(
      worker, [&](size_t l, const Tile& tile, size_t number, const Panel& panel, size_t corner) {
        const size_t in = plan_.layers[l].parameters.in;
        workspace_.tile_sums[number] =
            kernels_.sum_of_squares(std::min(tile.rows, in - std::min(in, tile.row)), panel.cols,
                                    panel.width, state_.parameters.data() + corner);
      });
  worker.wait_for_others();
  double sum = 0;
  for (size_t i = 0; i < tiles; ++i) sum += workspace_.tile_sums[i];
  return 0.5 * spec_.l2 * sum;
}

}  // namespace chainrule
