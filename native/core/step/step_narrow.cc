// The training step of a narrow network: the batch lies transposed, (units, rows), with its rows in
// the lanes, so that a layer of few units, and an output of one, leave no lane empty. A weight is
// then the operand that is read number by number, forward and back, and never transposed; delta is
// turned back for dW alone. The network fits the caches next to the core: one thread does it all.
//
//     X^T -> A_1^T -> ... -> A_L^T -> delta_L^T             Z_l^T = W_l^T A_{l-1}^T
//     the loss: go on only if it is finite
//     for l = L ... 1:  delta_{l-1}^T = (W_l delta_l^T) (.) g'
//                       dW_l = A_{l-1}^T delta_l, panel by panel -> optimizer -> W_l
#include <algorithm>
#include <cmath>
#include <utility>

#include "step/step.h"

namespace chainrule {

StepLoss Step::train_narrow(const Worker& worker, const Batch& batch, const Update& update) {
  const Rows rows = gather_narrow(worker, batch);
  for (size_t l = 0; l < plan_.layers.size(); ++l) forward_narrow(l, rows);
  delta_at_output_narrow(rows);
  const double loss = total_loss(worker, rows);
  if (!std::isfinite(loss)) return {loss, rows.weight};
  for (size_t l = plan_.layers.size(); l-- > 0;) {
    if (l > 0) backward_inputs_narrow(l, rows);
    update_narrow(l, rows, update);
  }
  ++state_.step;
  return {loss, rows.weight};
}

/// X^T and the targets, transposed alike. The constants behind X and every A are there for good.
Step::Rows Step::gather_narrow(const Worker& worker, const Batch& batch) {
  const Samples& from = batch.samples;
  const size_t stride = plan_.narrow_rows;
  const double weight = scale_rows(worker, batch);
  RowGather inputs = {.rows = batch.rows,
                      .cols = spec_.input_size,
                      .from = from.inputs,
                      .order = batch.order,
                      .to = at(plan_.inputs.offset),
                      .stride = stride};
  if (batch.order != nullptr) {
    inputs.next = {batch.order + batch.rows, std::min(batch.rows, batch.rows_after)};
  }
  kernels_.gather_transposed(inputs);
  float* targets = at(plan_.narrow_targets);
  gather_targets(worker, batch, targets, 1, stride);
  const bool labels = from.labels != nullptr && spec_.label_smoothing == 0;
  return {.count = batch.rows,
          .targets = labels ? nullptr : targets,
          .labels = labels ? workspace_.labels.data() : nullptr,
          .weight = weight,
          .step = static_cast<uint32_t>(state_.step + 1),
          .dropout = true};
}

/// A_l^T = g(W_l^T A_{l-1}^T), the last layer's raw where the loss takes logits.
void Step::forward_narrow(size_t l, const Rows& rows) {
  const LayerPlan& layer = plan_.layers[l];
  const LayerLayout& weight = layer.parameters;
  const float* x = at(input_of(l, rows).offset);
  float* a = at(layer.a.offset);
  const size_t stride = plan_.narrow_rows;
  const size_t width = weight.shape.width();
  const bool raw = l + 1 == plan_.layers.size() && spec_.loss_takes_logits();
  const bool fused = is_relu(l) && !raw;
  for (size_t col = 0; col < weight.out; col += width) {
    const Panel panel = weight.panel_at(col);
    for (size_t row = 0; row < stride; row += width) {
      kernels_.multiply({.rows = panel.cols,
                         .depth = weight.rows,
                         .width = std::min(width, stride - row),
                         .a = state_.parameters.data() + panel.offset,
                         .a_row = 1,
                         .a_depth = panel.width,
                         .b = x + row,
                         .b_stride = stride,
                         .c = a + col * stride + row,
                         .c_stride = stride,
                         .accumulate = false,
                         .epilogue = fused ? Epilogue::kActivate : Epilogue::kNone});
    }
  }
  if (raw) return;
  if (!fused && layer.activation != Activation::kIdentity) {
    const size_t floats = weight.out * stride;
    kernels_.activation(layer.activation)(1, floats, floats, a, layer.slope);
  }
  if (drops_out(l, rows)) drop_out_narrow(l, rows, a, at(layer.dropped.offset));
}

/// The same mask as of the batch as it is, transposed.
void Step::drop_out_narrow(size_t l, const Rows& rows, const float* from, float* to) {
  DropoutMask mask = dropout_mask(l, rows);
  std::swap(mask.by_row, mask.by_col);
  const size_t stride = plan_.narrow_rows;
  kernels_.dropout(mask, {0, plan_.layers[l].parameters.out, 0, stride}, stride, from, to);
}

/// delta_L^T, and every row's loss.
void Step::delta_at_output_narrow(const Rows& rows) {
  const LayerPlan& last = plan_.layers.back();
  const size_t out = last.parameters.out;
  float* a = at(last.a.offset);
  float* delta = at(last.delta.offset);
  loss_kernel()({.rows = rows.count,
                 .cols = out,
                 .transposed = true,
                 .stride = plan_.narrow_rows,
                 .output = a,
                 .targets = rows.targets,
                 .labels = rows.labels,
                 .row_scale = at(plan_.row_scale),
                 .delta = delta,
                 .row_loss = workspace_.row_loss.data()});
  if (!spec_.loss_takes_logits() && last.activation != Activation::kIdentity) {
    const size_t floats = out * plan_.narrow_rows;
    kernels_.derivative(last.activation)(1, floats, floats, delta, a, last.slope);
  }
}

/// delta_{l-1}^T from delta_l^T, summed up panel by panel.
void Step::backward_inputs_narrow(size_t l, const Rows& rows) {
  const LayerPlan& below = plan_.layers[l - 1];
  const LayerLayout& weight = plan_.layers[l].parameters;
  const float* delta = at(plan_.layers[l].delta.offset);
  float* d_input = at(below.delta.offset);
  const size_t stride = plan_.narrow_rows;
  const size_t width = weight.shape.width();
  const float* a = at(below.a.offset);
  const bool fused = is_relu(l - 1) && !drops_out(l - 1, rows);
  for (size_t row = 0; row < stride; row += width) {
    for (size_t col = 0; col < weight.out; col += width) {
      const Panel panel = weight.panel_at(col);
      const bool last = col + width >= weight.out;
      kernels_.multiply(
          {.rows = weight.in,
           .depth = panel.cols,
           .width = std::min(width, stride - row),
           .a = state_.parameters.data() + panel.offset,
           .a_row = panel.width,
           .a_depth = 1,
           .b = delta + col * stride + row,
           .b_stride = stride,
           .c = d_input + row,
           .c_stride = stride,
           .accumulate = col > 0,
           .epilogue = fused && last ? Epilogue::kMultiplyDerivative : Epilogue::kNone,
           .activations = a + row});
    }
  }
  if (fused) return;
  const size_t floats = weight.in * stride;
  if (drops_out(l - 1, rows)) drop_out_narrow(l - 1, rows, d_input, d_input);
  if (below.activation != Activation::kIdentity) {
    kernels_.derivative(below.activation)(1, floats, floats, d_input, a, below.slope);
  }
}

/// dW_l, and W_l from it. A panel's delta is turned back, so that its columns fill the lanes; too
/// few for that are summed up where they lie.
void Step::update_narrow(size_t l, const Rows& rows, const Update& update) {
  const LayerLayout& weight = plan_.layers[l].parameters;
  const float* x = at(input_of(l, rows).offset);
  const float* delta = at(plan_.layers[l].delta.offset);
  float* d_weight = workspace_.scratch.data();
  float* packed = d_weight + weight.rows * weight.shape.width();
  for (size_t col = 0; col < weight.out; col += weight.shape.width()) {
    const Panel panel = weight.panel_at(col);
    if (weight.is_thin(panel) && panel.cols <= kMostDotColumns) {
      kernels_.dot_products({.rows = weight.rows,
                             .cols = panel.cols,
                             .depth = rows.count,
                             .a = x,
                             .a_stride = plan_.narrow_rows,
                             .b = delta + col * plan_.narrow_rows,
                             .b_stride = plan_.narrow_rows,
                             .c = d_weight});
    } else {
      const size_t packed_stride = std::max(panel.width, weight.shape.lanes);
      kernels_.transpose(panel.cols, rows.count, delta + col * plan_.narrow_rows, plan_.narrow_rows,
                         packed, packed_stride);
      kernels_.multiply({.rows = weight.rows,
                         .depth = rows.count,
                         .width = panel.width,
                         .a = x,
                         .a_row = plan_.narrow_rows,
                         .a_depth = 1,
                         .b = packed,
                         .b_stride = packed_stride,
                         .c = d_weight,
                         .c_stride = panel.width,
                         .accumulate = false});
    }
    const Tile tile = {0, weight.rows, col, panel.cols};
    add_penalty(l, tile, d_weight);
    update_tile(l, tile, update, d_weight, 1);
  }
}

}  // namespace chainrule
