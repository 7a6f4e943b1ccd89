#include "step.h"

#include <cmath>
#include <cstring>

#include "gemm.h"

namespace chainrule {

// ---- The step, from end to end ---------------------------------------------------------------------

StepLoss Step::train(const Worker& worker, const Batch& batch, double learning_rate) {
  const Rows rows = gather(worker, batch);
  forward(worker, rows.inputs, rows.count, loss_takes_logits(), at(plan_.layers.back().a));
  const double loss = loss_and_delta(worker, rows) + penalty(worker);
  // Every worker has the same loss and comes to the same decision.
  if (!std::isfinite(loss)) return {loss, rows.weight};
  const Update update(spec_.optimizer, learning_rate, state_.step + 1);
  if (spec_.optimizer.clip_norm > 0) {
    // The norm is known only when every gradient is: gradients first, then the update.
    backward_to_gradients(worker, rows);
    clip_and_update(worker, update);
  } else {
    backward_and_update(worker, rows, update);
  }
  worker.wait_for_others();
  if (worker.index == 0) ++state_.step;
  return {loss, rows.weight};
}

StepLoss Step::gradients(const Worker& worker, const Batch& batch) {
  const Rows rows = gather(worker, batch);
  forward(worker, rows.inputs, rows.count, loss_takes_logits(), at(plan_.layers.back().a));
  const double loss = loss_and_delta(worker, rows) + penalty(worker);
  backward_to_gradients(worker, rows);
  return {loss, rows.weight};
}

StepLoss Step::evaluate(const Worker& worker, const Batch& batch, float* outputs) {
  const Rows rows = gather(worker, batch);
  const LayerPlan& last = plan_.layers.back();
  forward(worker, rows.inputs, rows.count, loss_takes_logits(), at(last.a));
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
  forward(worker, inputs, rows, false, outputs);
}

// ---- The batch -------------------------------------------------------------------------------------

Step::Rows Step::gather(const Worker& worker, const Batch& batch) {
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
  const size_t out = spec_.output_size();
  for (size_t r = worker.first_of(batch.rows); r < worker.end_of(batch.rows); ++r) {
    const size_t row = batch.order == nullptr ? r : batch.order[r];
    const double sample_weight = from.weights == nullptr ? 1 : static_cast<double>(from.weights[row]);
    at(plan_.row_scale)[r] = static_cast<float>(sample_weight * scale);
    if (batch.order == nullptr) continue;
    std::memcpy(at(plan_.inputs) + r * in, from.inputs + row * in, in * sizeof(float));
    if (from.labels != nullptr) {
      workspace_.labels[r] = from.labels[row];
    } else {
      std::memcpy(at(plan_.targets) + r * out, from.targets + row * out, out * sizeof(float));
    }
  }
  worker.wait_for_others();
  if (batch.order == nullptr) return {batch.rows, from.inputs, from.targets, from.labels, weight};
  return {batch.rows, at(plan_.inputs), from.labels == nullptr ? at(plan_.targets) : nullptr,
          from.labels == nullptr ? nullptr : workspace_.labels.data(), weight};
}

// ---- Forward: A_l = g_l(A_{l-1} W_l + b_l) -----------------------------------------------------------

void Step::forward(const Worker& worker, const float* inputs, size_t rows, bool to_logits,
                   float* output) {
  const float* x = inputs;
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const LayerPlan& layer = plan_.layers[l];
    const size_t in = layer.parameters.in;
    const size_t out = layer.parameters.out;
    const bool last = l + 1 == plan_.layers.size();
    const bool softmax = layer.activation == Activation::kSoftmax;
    // A softmax needs whole rows, which a tile may not have: it follows when all tiles are there.
    const bool raw = last && (to_logits || softmax);
    const Activate epilogue = kernels_.activation(raw ? Activation::kIdentity : layer.activation);
    const float* bias =
        layer.parameters.has_bias() ? state_.parameters.data() + layer.parameters.bias_offset() : nullptr;
    float* a = last ? output : at(layer.a);
    const TileGrid grid = layer.forward.with_rows(rows);
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      float* a_tile = a + tile.row * out + tile.col;
      gemm(tile.rows, tile.cols, in, {x + tile.row * in, in}, {weight(l) + tile.col, out}, a_tile,
           out);
      epilogue(tile.rows, tile.cols, out, a_tile, bias == nullptr ? nullptr : bias + tile.col,
               layer.slope);
    }
    worker.wait_for_others();
    if (softmax && !to_logits) {
      const size_t first = worker.first_of(rows);
      kernels_.activation(Activation::kSoftmax)(worker.end_of(rows) - first, out, out,
                                                a + first * out, nullptr, 0);
      worker.wait_for_others();
    }
    x = a;
  }
}

// ---- Loss, and delta_L = dL/dZ_L ---------------------------------------------------------------------

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
      kernels_.derivative(last.activation)(tile.rows, out, out, tile.delta, tile.output, last.slope);
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

// ---- Backward: delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1});  dW_l = A_{l-1}^T delta_l -----------------

void Step::backward_inputs(const Worker& worker, size_t l, size_t rows) {
  const LayerPlan& layer = plan_.layers[l];
  const LayerPlan& below = plan_.layers[l - 1];
  const size_t in = layer.parameters.in;
  const size_t out = layer.parameters.out;
  const TileGrid grid = layer.d_input.with_rows(rows);
  for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
    const Tile tile = grid.at(i);
    const size_t corner = tile.row * in + tile.col;
    gemm(tile.rows, tile.cols, out, {at(layer.delta) + tile.row * out, out},
         {weight(l) + tile.col * out, out, true}, at(below.delta) + corner, in);
    kernels_.derivative(below.activation)(tile.rows, tile.cols, in, at(below.delta) + corner,
                                          at(below.a) + corner, below.slope);
  }
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

// ---- Update ------------------------------------------------------------------------------------------

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
      backward_inputs(worker, l, rows.count);
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
      backward_inputs(worker, l, rows.count);
      worker.wait_for_others();
    }
    const LayerPlan& layer = plan_.layers[l];
    const size_t out = layer.parameters.out;
    for (size_t i = worker.first_of(layer.d_weight.count()); i < worker.end_of(layer.d_weight.count());
         ++i) {
      const Tile tile = layer.d_weight.at(i);
      weight_gradient(l, tile, rows,
                      workspace_.gradients.data() + layer.parameters.offset + tile.row * out + tile.col,
                      out);
    }
  }
  worker.wait_for_others();
}

void Step::clip_and_update(const Worker& worker, const Update& update) {
  size_t tiles_before = 0;
  const auto for_each_own_tile = [&](auto&& use) {
    tiles_before = 0;
    for (size_t l = 0; l < plan_.layers.size(); ++l) {
      const TileGrid& grid = plan_.layers[l].d_weight;
      const LayerLayout& layout = plan_.layers[l].parameters;
      for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
        const Tile tile = grid.at(i);
        use(l, tile, tiles_before + i,
            workspace_.gradients.data() + layout.offset + tile.row * layout.out + tile.col, layout.out);
      }
      tiles_before += grid.count();
    }
  };
  for_each_own_tile([&](size_t, const Tile& tile, size_t number, const float* d_weight, size_t stride) {
    workspace_.tile_sums[number] =
        kernels_.sum_of_squares(tile.rows, tile.cols, stride, d_weight);
  });
  worker.wait_for_others();
  double squares = 0;
  for (size_t i = 0; i < tiles_before; ++i) squares += workspace_.tile_sums[i];
  const double norm = std::sqrt(squares);
  const float scale = norm > spec_.optimizer.clip_norm
                          ? static_cast<float>(spec_.optimizer.clip_norm / norm)
                          : 1.0f;
  for_each_own_tile([&](size_t l, const Tile& tile, size_t, const float* d_weight, size_t stride) {
    update_tile(l, tile, update, d_weight, stride, scale);
  });
}

// ---- Buffers -----------------------------------------------------------------------------------------

Workspace::Workspace(Plan planned, bool with_gradients)
    : plan(std::move(planned)),
      floats(plan.workspace_floats),
      labels(plan.rows),
      row_loss(plan.rows),
      tile_scratch(plan.threads * plan.tile_floats) {
  size_t tiles = 0;
  size_t parameters = 0;
  for (const LayerPlan& layer : plan.layers) {
    tiles += layer.d_weight.count();
    parameters = layer.parameters.offset + layer.parameters.parameter_rows * layer.parameters.out;
  }
  tile_sums = AlignedArray<double>(tiles);
  if (with_gradients) gradients = AlignedArray<float>(parameters);
}

}  // namespace chainrule
