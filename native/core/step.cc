#include "step.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "random.h"

namespace chainrule {
namespace {

// So many bytes of the next batch may come into L1 while this one is gathered.
constexpr size_t kFetchedAtOnce = 16 * 1024;

}  // namespace

// ---- The step, from end to end ---------------------------------------------------------------

StepLoss Step::train(const Worker& worker, const Batch& batch, double learning_rate) {
  // Read before the first wait: the first worker counts the step when it has done its part of it.
  const Update update(spec_.optimizer, learning_rate, state_.step + 1);
  if (plan_.narrow && workspace_.gradients.size() == 0) return train_narrow(worker, batch, update);
  const Rows rows = gather(worker, batch, true);
  forward(worker, rows, loss_takes_logits());
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
  forward(worker, rows, loss_takes_logits());
  delta_at_output(worker, rows);
  backward_own_rows(worker, rows);
  const double loss = total_loss(worker, rows);
  backward_to_gradients(worker, rows);
  if (d_inputs != nullptr) input_gradients(worker, rows, d_inputs);
  return {loss, rows.weight};
}

StepLoss Step::evaluate(const Worker& worker, const Batch& batch, float* outputs) {
  const Rows rows = gather(worker, batch, false);
  forward(worker, rows, loss_takes_logits());
  delta_at_output(worker, rows);
  const double loss = total_loss(worker, rows);
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  for (size_t r = worker.first_of(rows.count); outputs != nullptr && r < worker.end_of(rows.count);
       ++r) {
    std::memcpy(outputs + r * out, at(last.a, r), out * sizeof(float));
    if (loss_takes_logits()) {
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

// ---- The batch -------------------------------------------------------------------------------

bool Step::copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered) {
  return spec.label_smoothing > 0 || (ordered && samples.targets != nullptr);
}

/// Leaves each row's share of the batch's loss in `row_scale`. Returns the sum of the weights.
double Step::scale_rows(const Worker& worker, const Batch& batch) {
  const Samples& from = batch.samples;
  const size_t end = worker.end_of(batch.rows);
  float* row_scale = at(plan_.row_scale);
  if (from.weights == nullptr) {
    const double weight = static_cast<double>(batch.rows);
    std::fill(row_scale + worker.first_of(batch.rows), row_scale + end,
              static_cast<float>(1 / weight));
    return weight;
  }
  const auto weight_of = [&](size_t r) {
    return static_cast<double>(from.weights[batch.order == nullptr ? r : batch.order[r]]);
  };
  double weight = 0;
  for (size_t r = 0; r < batch.rows; ++r) weight += weight_of(r);
  // A batch whose weights are all zero teaches nothing, and does not divide by zero.
  const double scale = weight > 0 ? 1 / weight : 0;
  for (size_t r = worker.first_of(batch.rows); r < end; ++r) {
    row_scale[r] = static_cast<float>(weight_of(r) * scale);
  }
  return weight;
}

Step::Rows Step::gather(const Worker& worker, const Batch& batch, bool dropout) {
  const Samples& from = batch.samples;
  const double weight = scale_rows(worker, batch);
  const std::span<const uint32_t> next = gather_inputs(worker, batch);
  const bool copies = batch.order != nullptr || spec_.label_smoothing > 0;
  if (copies) gather_targets(worker, batch, workspace_.targets.data(), spec_.output_size(), 1);
  const bool labels = from.labels != nullptr && spec_.label_smoothing == 0;
  return {.count = batch.rows,
          .targets = labels   ? nullptr
                     : copies ? workspace_.targets.data()
                              : from.targets,
          .labels = !labels  ? nullptr
                    : copies ? workspace_.labels.data()
                             : from.labels,
          .weight = weight,
          .step = static_cast<uint32_t>(state_.step + 1),
          .dropout = dropout,
          .next = next,
          .inputs = from.inputs};
}

/// Gathers this worker's rows, and sees to those of the next batch: small ones are fetched on the
/// way, large ones returned, to be fetched in the course of the step.
std::span<const uint32_t> Step::gather_inputs(const Worker& worker, const Batch& batch) {
  const size_t first = worker.first_of(batch.rows);
  const size_t own = worker.end_of(batch.rows) - first;
  const size_t in = spec_.input_size;
  RowGather rows = {.rows = own,
                    .cols = in,
                    .from = batch.samples.inputs,
                    .order = batch.order,
                    .to = at(plan_.inputs, first),
                    .stride = plan_.inputs.stride};
  std::span<const uint32_t> next;
  if (batch.order == nullptr) {
    rows.from += first * in;
  } else {
    rows.order += first;
    const size_t next_rows = std::min(batch.rows, batch.rows_after);
    const size_t next_first = worker.first_of(next_rows);
    next = {batch.order + batch.rows + next_first, worker.end_of(next_rows) - next_first};
    if (own * in * sizeof(float) <= kFetchedAtOnce) {
      rows.next = next;
      next = {};
    }
  }
  kernels_.gather(rows);
  return next;
}

/// The batch's labels, or its targets (rows, out) by these strides. Smoothed labels become targets.
void Step::gather_targets(const Worker& worker, const Batch& batch, float* targets, size_t by_row,
                          size_t by_col) {
  const Samples& from = batch.samples;
  const auto row_of = [&batch](size_t r) { return batch.order == nullptr ? r : batch.order[r]; };
  const size_t first = worker.first_of(batch.rows);
  const size_t end = worker.end_of(batch.rows);
  if (from.labels != nullptr && spec_.label_smoothing == 0) {
    for (size_t r = first; r < end; ++r) workspace_.labels[r] = from.labels[row_of(r)];
    return;
  }
  // y' = (1 - s) y + s / classes, where a yes/no label has two
  const size_t out = spec_.output_size();
  const float keep = static_cast<float>(1 - spec_.label_smoothing);
  const double classes = spec_.loss == Loss::kBce ? 2 : static_cast<double>(out);
  const float share = static_cast<float>(spec_.label_smoothing / classes);
  for (size_t r = first; r < end; ++r) {
    const size_t row = row_of(r);
    for (size_t j = 0; j < out; ++j) {
      const float y = from.labels == nullptr ? from.targets[row * out + j]
                                             : static_cast<size_t>(from.labels[row]) == j;
      targets[r * by_row + j * by_col] = keep * y + share;
    }
  }
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
  if (!loss_takes_logits()) {
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
