#include "step/narrow.h"

#include <algorithm>
#include <cmath>

#include "step/elementwise.h"
#include "step/finite.h"
#include "step/gather.h"
#include "step/loss.h"
#include "step/update.h"
#include "step/weight_gradient.h"

namespace chainrule {
namespace {

/// A_l^T = g(W_l^T A_{l-1}^T); the last layer stays at Z if the loss takes logits.
void forward_narrow(const StepContext& step, size_t l, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  const LayerLayout& weight = layer.parameters;
  const float* x = step.at(step.input_of(l, rows).offset);
  float* z = step.at(layer.z.offset);
  const size_t stride = step.plan.narrow_rows;
  const size_t width = weight.shape.width();
  const bool raw = l + 1 == step.plan.layers.size() && step.spec.loss_takes_logits();
  const bool in_product = info_of(layer.activation).in_product && !raw;
  for (size_t col = 0; col < weight.out; col += width) {
    const Panel panel = weight.panel_at(col);
    for (size_t row = 0; row < stride; row += width) {
      step.kernels.multiply({.rows = panel.cols,
                             .depth = weight.rows,
                             .width = std::min(width, stride - row),
                             .a = step.state.parameters.data() + panel.offset,
                             .a_row = 1,
                             .a_depth = panel.width,
                             .b = x + row,
                             .b_stride = stride,
                             .c = z + col * stride + row,
                             .c_stride = stride,
                             .accumulate = false,
                             .epilogue = in_product ? Epilogue::kActivate : Epilogue::kNone});
    }
  }
  finish_forward(step, l, transposed_block(step, weight.out), layer.z, layer.a, in_product || raw,
                 rows);
}

/// delta_{l-1}^T from delta_l^T, summed panel by panel.
void backward_inputs_narrow(const StepContext& step, size_t l, const Rows& rows) {
  const LayerPlan& below = step.plan.layers[l - 1];
  const LayerLayout& weight = step.plan.layers[l].parameters;
  const float* delta = step.at(step.plan.layers[l].delta.offset);
  float* d_input = step.at(below.delta.offset);
  const size_t stride = step.plan.narrow_rows;
  const size_t width = weight.shape.width();
  const float* a = step.at(below.a.offset);
  const bool in_product = info_of(below.activation).in_product;
  for (size_t row = 0; row < stride; row += width) {
    for (size_t col = 0; col < weight.out; col += width) {
      const Panel panel = weight.panel_at(col);
      const bool last = col + width >= weight.out;
      step.kernels.multiply(
          {.rows = weight.in,
           .depth = panel.cols,
           .width = std::min(width, stride - row),
           .a = step.state.parameters.data() + panel.offset,
           .a_row = panel.width,
           .a_depth = 1,
           .b = delta + col * stride + row,
           .b_stride = stride,
           .c = d_input + row,
           .c_stride = stride,
           .accumulate = col > 0,
           .epilogue = in_product && last ? Epilogue::kMultiplyDerivative : Epilogue::kNone,
           .activations = a + row});
    }
  }
  finish_backward(step, l - 1, transposed_block(step, weight.in), below.delta, in_product, rows);
}

/// Calls use(panel, tile, d_weight) for every panel of W_l, with the place of its gradient.
template <typename Use>
void for_each_panel(const StepContext& step, size_t l, const Use& use) {
  const LayerLayout& weight = step.plan.layers[l].parameters;
  for (size_t col = 0; col < weight.out; col += weight.shape.width()) {
    const Panel panel = weight.panel_at(col);
    use(panel, Tile{0, weight.rows, col, panel.cols}, step.workspace.scratch.data() + panel.offset);
  }
}

/// Computes dW_l. A panel of delta is transposed back so that its columns fill the lanes, with
/// zeros in those that are left; if there are too few columns, they are used as they lie, as dot
/// products.
void gradient_narrow(const StepContext& step, size_t l, const Rows& rows) {
  const LayerLayout& weight = step.plan.layers[l].parameters;
  const float* x = step.at(step.input_of(l, rows).offset);
  const float* delta = step.at(step.plan.layers[l].delta.offset);
  float* packed = step.workspace.scratch.data() + step.plan.narrow_delta;
  for_each_panel(step, l, [&](const Panel& panel, const Tile& tile, float* d_weight) {
    const float* delta_panel = delta + panel.col * step.plan.narrow_rows;
    if (weight.is_thin(panel) && panel.cols <= kMostDotColumns) {
      step.kernels.dot_products({.rows = weight.rows,
                                 .cols = panel.cols,
                                 .depth = rows.count,
                                 .a = x,
                                 .a_stride = step.plan.narrow_rows,
                                 .b = delta_panel,
                                 .b_stride = step.plan.narrow_rows,
                                 .c = d_weight});
    } else {
      const size_t packed_stride = std::max(panel.width, weight.shape.lanes);
      step.kernels.transpose(panel.cols, rows.count, delta_panel, step.plan.narrow_rows, packed,
                             packed_stride);
      step.kernels.multiply({.rows = weight.rows,
                             .depth = rows.count,
                             .width = panel.width,
                             .a = x,
                             .a_row = step.plan.narrow_rows,
                             .a_depth = 1,
                             .b = packed,
                             .b_stride = packed_stride,
                             .c = d_weight,
                             .c_stride = panel.width,
                             .accumulate = false});
    }
    add_penalty(step, l, tile, d_weight);
  });
}

/// What the update would lead to, tried out on copies.
Fault try_narrow(const StepContext& step, const Worker& worker, const Update& update) {
  Trial trial(step, worker);
  for (size_t l = step.plan.layers.size(); l-- > 0;) {
    const LayerUpdate own(step, l, update);
    for_each_panel(step, l, [&](const Panel&, const Tile& tile, const float* d_weight) {
      own.try_out(trial, tile, d_weight, 1);
    });
  }
  return trial.end();
}

/// All weights at once if they go by one rule: the gradient has the layout of the parameters.
void update_narrow(const StepContext& step, const Update& update, size_t floats) {
  const auto has_factors = [](const LayerPlan& layer) { return layer.has_factors; };
  if (std::none_of(step.plan.layers.begin(), step.plan.layers.end(), has_factors)) {
    update.apply({.size = floats,
                  .weight = step.state.parameters.data(),
                  .moments = {step.state.moments[0].data(), step.state.moments[1].data(),
                              step.state.moments[2].data()},
                  .d_weight = step.workspace.scratch.data(),
                  .gradient_scale = 1});
    return;
  }
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    const LayerUpdate own(step, l, update);
    for_each_panel(step, l, [&](const Panel&, const Tile& tile, const float* d_weight) {
      own.apply(tile, d_weight, 1);
    });
  }
}

}  // namespace

StepLoss train_narrow(const StepContext& step, const Worker& worker, const Batch& batch,
                      const Update& update, bool was_tame) {
  const Rows rows = gather(step, worker, batch, update.rates().dropout);
  for (size_t l = 0; l < step.plan.layers.size(); ++l) forward_narrow(step, l, rows);
  delta_at_output(step, worker, rows);
  const double loss = total_loss(step, worker, rows).total;
  if (!is_float(loss)) return {loss, rows.weight, fault_of_loss(step, rows)};
  for (size_t l = step.plan.layers.size(); --l > 0;) backward_inputs_narrow(step, l, rows);
  // Upwards: what the product of a thin panel writes past its end belongs to the next layer.
  for (size_t l = 0; l < step.plan.layers.size(); ++l) gradient_narrow(step, l, rows);
  const LayerLayout& last = step.plan.layers.back().parameters;
  const size_t floats = last.offset + last.floats();
  const float squares = step.kernels.quick_squares(1, floats, 0, step.workspace.scratch.data());
  if (!is_proved(step, update, std::sqrt(static_cast<double>(squares)), was_tame)) {
    const Fault fault = try_narrow(step, worker, update);
    if (fault) return {loss, rows.weight, fault};
  }
  update_narrow(step, update, floats);
  ++step.state.step;
  return {loss, rows.weight, {}};
}

}  // namespace chainrule
