#include "step.h"

#include <cmath>
#include <cstring>

#include "gemm.h"
#include "random.h"

namespace chainrule {

// ---- The step, from end to end
// ---------------------------------------------------------------------

StepLoss Step::train(const Worker& worker, const Batch& batch, double learning_rate) {
  const Rows rows = gather(worker, batch, true);
  forward(worker, rows, loss_takes_logits(), at(plan_.layers.back().a));
  const double loss = loss_and_delta(worker, rows) + penalty(worker);
  // Every worker has the same loss and comes to the same decision.
  if (!std::isfinite(loss)) return {loss, rows.weight};
  const Update update(spec_.optimizer, learning_rate, state_.step + 1);
  if (workspace_.gradients.size() > 0) {
    // A norm is known only when every gradient is: gradients first, then the update.
    backward_to_gradients(worker, rows);
    add_to_sum(worker, rows.weight);
    clip_and_update(worker, update);
  } else {
    backward_and_update(worker, rows, update);
  }
  worker.wait_for_others();
  if (worker.index == 0) ++state_.step;
  return {loss, rows.weight};
}

StepLoss Step::gradients(const Worker& worker, const Batch& batch, float* d_inputs) {
  const Rows rows = gather(worker, batch, false);
  forward(worker, rows, loss_takes_logits(), at(plan_.layers.back().a));
  const double loss = loss_and_delta(worker, rows) + penalty(worker);
  backward_to_gradients(worker, rows);
  if (d_inputs != nullptr) input_gradients(worker, rows, d_inputs);
  return {loss, rows.weight};
}

StepLoss Step::evaluate(const Worker& worker, const Batch& batch, float* outputs) {
  const Rows rows = gather(worker, batch, false);
  const LayerPlan& last = plan_.layers.back();
  forward(worker, rows, loss_takes_logits(), at(last.a));
  const double loss = loss_and_delta(worker, rows) + penalty(worker);
  if (outputs != nullptr) {
    const size_t out = last.parameters.out;
    const size_t first = worker.first_of(rows.count);
    const size_t count = worker.end_of(rows.count) - first;
    std::memcpy(outputs + first * out, at(last.a) + first * out, count * out * sizeof(float));
    if (loss_takes_logits()) {
      kernels_.activation(last.activation)(count, out, out, outputs + first * out, nullptr, 0);
    }
  }
  worker.wait_for_others();
  return {loss, rows.weight};
}

void Step::predict(const Worker& worker, const float* inputs, size_t rows, float* outputs) {
  Rows all;
  all.count = rows;
  all.inputs = inputs;
  forward(worker, all, false, outputs);
}

// ---- The batch
// -------------------------------------------------------------------------------------

Step::Rows Step::gather(const Worker& worker, const Batch& batch, bool dropout) {
  const Samples& from = batch.samples;
  double weight = static_cast<double>(batch.rows);
  if (from.weights != nullptr) {
    weight = 0;
    for (size_t r = 0; r < batch.rows; ++r) {
      weight += static_cast<double>(from.weights[batch.order == nullptr ? r : batch.order[r]]);
    }
  }
  // A batch whose weights are all zero teaches nothing, and does not divide by zero.
  const double scale = weight > 0 ? 1 / weight : 0;
  const size_t in = spec_.input_size;
  const bool copies_inputs = batch.order != nullptr;
  const bool copies_targets = copies_inputs || spec_.label_smoothing > 0;
  for (size_t r = worker.first_of(batch.rows); r < worker.end_of(batch.rows); ++r) {
    const size_t row = batch.order == nullptr ? r : batch.order[r];
    const double sample_weight =
        from.weights == nullptr ? 1 : static_cast<double>(from.weights[row]);
    at(plan_.row_scale)[r] = static_cast<float>(sample_weight * scale);
    if (copies_inputs) {
      std::memcpy(at(plan_.inputs) + r * in, from.inputs + row * in, in * sizeof(float));
    }
    if (copies_targets) gather_targets(from, row, r);
  }
  worker.wait_for_others();
  const bool labels = from.labels != nullptr && spec_.label_smoothing == 0;
  return {.count = batch.rows,
          .inputs = copies_inputs ? at(plan_.inputs) : from.inputs,
          .targets = labels           ? nullptr
                     : copies_targets ? at(plan_.targets)
                                      : from.targets,
          .labels = !labels          ? nullptr
                    : copies_targets ? workspace_.labels.data()
                                     : from.labels,
          .weight = weight,
          .dropout = dropout};
}

/// Row `row` of the targets or labels as row `r` of the batch. Smoothed labels become targets.
void Step::gather_targets(const Samples& from, size_t row, size_t r) {
  const size_t out = spec_.output_size();
  float* target = at(plan_.targets) + r * out;
  if (spec_.label_smoothing == 0) {
    if (from.labels != nullptr) {
      workspace_.labels[r] = from.labels[row];
    } else {
      std::memcpy(target, from.targets + row * out, out * sizeof(float));
    }
    return;
  }
  // y' = (1 - s) y + s / classes, where a yes/no label has two
  const float keep = static_cast<float>(1 - spec_.label_smoothing);
  const double classes = spec_.loss == Loss::kBce ? 2 : static_cast<double>(out);
  const float share = static_cast<float>(spec_.label_smoothing / classes);
  for (size_t j = 0; j < out; ++j) {
    const float y = from.labels == nullptr ? from.targets[row * out + j]
                                           : static_cast<size_t>(from.labels[row]) == j;
    target[j] = keep * y + share;
  }
}

// ---- Forward: A_l = g_l(A_{l-1} W_l + b_l)
// -----------------------------------------------------------

void Step::forward(const Worker& worker, const Rows& rows, bool to_logits, float* output) {
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const LayerPlan& layer = plan_.layers[l];
    const size_t in = layer.parameters.in;
    const size_t out = layer.parameters.out;
    const bool last = l + 1 == plan_.layers.size();
    const bool softmax = layer.activation == Activation::kSoftmax;
    // A softmax needs whole rows, which a tile may not have: it follows when all tiles are there.
    const bool raw = last && (to_logits || softmax);
    const Activate epilogue = kernels_.activation(raw ? Activation::kIdentity : layer.activation);
    const float* bias = layer.parameters.has_bias()
                            ? state_.parameters.data() + layer.parameters.bias_offset()
                            : nullptr;
    const float* x = input_of(l, rows);
    float* a = last ? output : at(layer.a);
    const TileGrid grid = layer.forward.with_rows(rows.count);
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      float* a_tile = a + tile.row * out + tile.col;
      gemm(tile.rows, tile.cols, in, {x + tile.row * in, in}, {weight(l) + tile.col, out}, a_tile,
           out);
      epilogue(tile.rows, tile.cols, out, a_tile, bias == nullptr ? nullptr : bias + tile.col,
               layer.slope);
      if (drops_out(l, rows)) drop_out(l, tile, a, at(layer.dropped));
    }
    worker.wait_for_others();
    if (softmax && !to_logits) {
      const size_t first = worker.first_of(rows.count);
      kernels_.activation(Activation::kSoftmax)(worker.end_of(rows.count) - first, out, out,
                                                a + first * out, nullptr, 0);
      worker.wait_for_others();
    }
  }
}

/// A tile of layer `l` under this step's mask, between matrices (rows, out). Inverted dropout: what
/// stays is scaled, so that the sums expected above do not change.
void Step::drop_out(size_t l, const Tile& tile, const float* from, float* to) {
  const LayerPlan& layer = plan_.layers[l];
  const size_t out = layer.parameters.out;
  const DropoutMask mask = {
      .key = {spec_.seed, static_cast<uint32_t>(Stream::kDropout) + 256 * static_cast<uint32_t>(l)},
      .step = static_cast<uint32_t>(state_.step + 1),
      .units = static_cast<uint32_t>(out),
      .threshold = static_cast<uint32_t>(layer.dropout * 4294967296.0),
      .scale = static_cast<float>(1 / (1 - layer.dropout))};
  const size_t corner = tile.row * out + tile.col;
  kernels_.dropout(mask, tile, out, from + corner, to + corner);
}

// ---- Loss, and delta_L = dL/dZ_L
// ---------------------------------------------------------------------

double Step::loss_and_delta(const Worker& worker, const Rows& rows) {
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  const size_t first = worker.first_of(rows.count);
  const LossTile tile = {
      .rows = worker.end_of(rows.count) - first,
      .cols = out,
      .output = at(last.a) + first * out,
      .targets = rows.targets == nullptr ? nullptr : rows.targets + first * out,
      .labels = rows.labels == nullptr ? nullptr : rows.labels + first,
      .row_scale = at(plan_.row_scale) + first,
      .delta = at(last.delta) + first * out,
      .row_loss = workspace_.row_loss.data() + first,
  };
  switch (spec_.loss) {
    case Loss::kCrossEntropy:
      kernels_.softmax_cross_entropy(tile);
      break;
    case Loss::kBce:
      kernels_.sigmoid_bce(tile);
      break;
    case Loss::kMse:
      kernels_.mse(tile);
      break;
    case Loss::kHalfMse:
      kernels_.half_mse(tile);
      break;
  }
  if (!loss_takes_logits()) {
    // delta_L = dL/dA (.) g'(Z)
    if (last.activation == Activation::kSoftmax) {
      kernels_.softmax_jacobian(tile.rows, out, tile.delta, tile.output);
    } else {
      kernels_.derivative(last.activation)(tile.rows, out, out, tile.delta, tile.output,
                                           last.slope);
    }
  }
  worker.wait_for_others();
  double loss = 0;
  for (size_t r = 0; r < rows.count; ++r) {
    loss += static_cast<double>(at(plan_.row_scale)[r]) * workspace_.row_loss[r];
  }
  return loss;
}

/// 1/2 * l2 * sum W^2 over the weights, without the biases.
double Step::penalty(const Worker& worker) {
  if (spec_.l2 == 0) return 0;
  size_t tiles_before = 0;
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const LayerPlan& layer = plan_.layers[l];
    const TileGrid grid = layer.d_weight.with_rows(layer.parameters.in);
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      workspace_.tile_sums[tiles_before + i] =
          kernels_.sum_of_squares(tile.rows, tile.cols, layer.parameters.out,
                                  weight(l) + tile.row * layer.parameters.out + tile.col);
    }
    tiles_before += grid.count();
  }
  worker.wait_for_others();
  double sum = 0;
  for (size_t i = 0; i < tiles_before; ++i) sum += workspace_.tile_sums[i];
  return 0.5 * spec_.l2 * sum;
}

// ---- Backward: delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1});  dW_l = A_{l-1}^T delta_l
// -----------------

void Step::backward_inputs(const Worker& worker, size_t l, const Rows& rows) {
  const LayerPlan& layer = plan_.layers[l];
  const LayerPlan& below = plan_.layers[l - 1];
  const size_t in = layer.parameters.in;
  const size_t out = layer.parameters.out;
  const TileGrid grid = layer.d_input.with_rows(rows.count);
  for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
    const Tile tile = grid.at(i);
    const size_t corner = tile.row * in + tile.col;
    gemm(tile.rows, tile.cols, out, {at(layer.delta) + tile.row * out, out},
         {weight(l) + tile.col * out, out, true}, at(below.delta) + corner, in);
    if (drops_out(l - 1, rows)) drop_out(l - 1, tile, at(below.delta), at(below.delta));
    kernels_.derivative(below.activation)(tile.rows, tile.cols, in, at(below.delta) + corner,
                                          at(below.a) + corner, below.slope);
  }
}

/// dX = delta_1 W_1^T, which training never needs.
void Step::input_gradients(const Worker& worker, const Rows& rows, float* d_inputs) {
  const LayerPlan& first = plan_.layers.front();
  const size_t in = first.parameters.in;
  const size_t out = first.parameters.out;
  const TileGrid grid = first.d_input.with_rows(rows.count);
  for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
    const Tile tile = grid.at(i);
    gemm(tile.rows, tile.cols, out, {at(first.delta) + tile.row * out, out},
         {weight(0) + tile.col * out, out, true}, d_inputs + tile.row * in + tile.col, in);
  }
  worker.wait_for_others();
}

/// Gradient of one tile of W and its bias row, L2 included.
void Step::weight_gradient(size_t l, const Tile& tile, const Rows& rows, float* d_weight,
                           size_t stride) {
  const LayerPlan& layer = plan_.layers[l];
  const size_t in = layer.parameters.in;
  const size_t out = layer.parameters.out;
  const float* delta = at(layer.delta) + tile.col;
  const bool bias_row = tile.row + tile.rows > in;
  const size_t weight_rows = tile.rows - (bias_row ? 1 : 0);
  if (weight_rows > 0) {
    gemm(weight_rows, tile.cols, rows.count, {input_of(l, rows) + tile.row, in, true}, {delta, out},
         d_weight, stride);
    if (spec_.l2 != 0) {
      kernels_.add_scaled(weight_rows, tile.cols, static_cast<float>(spec_.l2),
                          weight(l) + tile.row * out + tile.col, out, d_weight, stride);
    }
  }
  if (bias_row) {
    kernels_.column_sums(rows.count, tile.cols, out, delta, d_weight + weight_rows * stride);
  }
}

// ---- Update
// ------------------------------------------------------------------------------------------

void Step::update_tile(size_t l, const Tile& tile, const Update& update, const float* d_weight,
                       size_t d_stride, float gradient_scale) {
  const LayerLayout& layout = plan_.layers[l].parameters;
  const size_t corner = layout.offset + tile.row * layout.out + tile.col;
  const auto at_corner = [corner](AlignedArray<float>& array) {
    return array.size() == 0 ? nullptr : array.data() + corner;
  };
  update.apply(kernels_, {.rows = tile.rows,
                          .cols = tile.cols,
                          .stride = layout.out,
                          .weight = at_corner(state_.parameters),
                          .first_moment = at_corner(state_.first_moment),
                          .second_moment = at_corner(state_.second_moment),
                          .d_weight = d_weight,
                          .d_stride = d_stride,
                          .gradient_scale = gradient_scale});
}

/// The fused path: a tile of dW is used up where it was made and the whole gradient never stands in
/// memory. A layer's weights change only after delta has passed through them.
void Step::backward_and_update(const Worker& worker, const Rows& rows, const Update& update) {
  float* d_weight = workspace_.tile_scratch.data() + worker.index * plan_.tile_floats;
  for (size_t l = plan_.layers.size(); l-- > 0;) {
    if (l > 0) {
      backward_inputs(worker, l, rows);
      worker.wait_for_others();
    }
    const TileGrid& grid = plan_.layers[l].d_weight;
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      weight_gradient(l, tile, rows, d_weight, tile.cols);
      update_tile(l, tile, update, d_weight, tile.cols, 1);
    }
  }
}

/// The path in two passes: all gradients, for clipping and for callers who ask for them.
void Step::backward_to_gradients(const Worker& worker, const Rows& rows) {
  for (size_t l = plan_.layers.size(); l-- > 0;) {
    if (l > 0) {
      backward_inputs(worker, l, rows);
      worker.wait_for_others();
    }
    const LayerPlan& layer = plan_.layers[l];
    const size_t out = layer.parameters.out;
    for (size_t i = worker.first_of(layer.d_weight.count());
         i < worker.end_of(layer.d_weight.count()); ++i) {
      const Tile tile = layer.d_weight.at(i);
      weight_gradient(
          l, tile, rows,
          workspace_.gradients.data() + layer.parameters.offset + tile.row * out + tile.col, out);
    }
  }
  worker.wait_for_others();
}

/// Calls use(layer, tile, number, offset of the tile among the parameters) for this worker's tiles
/// of all weights, numbered through. Returns how many tiles there are in all.
template <typename Use>
size_t Step::for_each_own_tile(const Worker& worker, const Use& use) {
  size_t tiles_before = 0;
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const TileGrid& grid = plan_.layers[l].d_weight;
    const LayerLayout& layout = plan_.layers[l].parameters;
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      use(l, tile, tiles_before + i, layout.offset + tile.row * layout.out + tile.col);
    }
    tiles_before += grid.count();
  }
  return tiles_before;
}

/// sum += weight * gradient
void Step::add_to_sum(const Worker& worker, double weight) {
  if (workspace_.gradient_sum.size() == 0) return;
  for_each_own_tile(worker, [&](size_t l, const Tile& tile, size_t, size_t corner) {
    const size_t stride = plan_.layers[l].parameters.out;
    kernels_.add_scaled(tile.rows, tile.cols, static_cast<float>(weight),
                        workspace_.gradients.data() + corner, stride,
                        workspace_.gradient_sum.data() + corner, stride);
  });
}

void Step::clip_and_update(const Worker& worker, const Update& update) {
  const float* gradients = workspace_.gradients.data();
  float scale = 1;
  if (spec_.optimizer.clip_norm > 0) {
    const size_t tiles =
        for_each_own_tile(worker, [&](size_t l, const Tile& tile, size_t number, size_t corner) {
          workspace_.tile_sums[number] = kernels_.sum_of_squares(
              tile.rows, tile.cols, plan_.layers[l].parameters.out, gradients + corner);
        });
    worker.wait_for_others();
    double squares = 0;
    for (size_t i = 0; i < tiles; ++i) squares += workspace_.tile_sums[i];
    const double norm = std::sqrt(squares);
    if (norm > spec_.optimizer.clip_norm)
      scale = static_cast<float>(spec_.optimizer.clip_norm / norm);
  }
  for_each_own_tile(worker, [&](size_t l, const Tile& tile, size_t, size_t corner) {
    update_tile(l, tile, update, gradients + corner, plan_.layers[l].parameters.out, scale);
  });
}

}  // namespace chainrule
