#include "step/finite.h"

#include <algorithm>
#include <cmath>

#include "step/tiles.h"

namespace chainrule {
namespace {

// Values that are tried out at a time, on the stack.
constexpr size_t kTrialFloats = 256;

bool all_within(const float* values, size_t size, float limit) {
  bool within = true;
  for (size_t i = 0; i < size; ++i) within = within && std::fabs(values[i]) <= limit;
  return within;
}

bool is_finite(const StepContext& step, size_t rows, size_t cols, size_t stride, const float* x) {
  for (size_t r = 0; r < rows; ++r) {
    if (step.kernels.first_non_finite(x + r * stride, cols) < cols) return false;
  }
  return true;
}

/// Of two faults of an update, the one that comes first on the way back from the loss; in one layer
/// that of the gradient, of which the update is made.
Fault first_on_the_way_back(const Fault& a, const Fault& b) {
  if (!a || !b) return a ? a : b;
  if (a.layer != b.layer) return a.layer > b.layer ? a : b;
  return a.kind == FaultKind::kGradient ? a : b;
}

bool has_finite_outputs(const StepContext& step, size_t l, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  const size_t out = layer.parameters.out;
  if (!layer.keeps_a) return has_finite_images(step, l + 1, rows.count);
  if (step.is_transposed()) {
    return is_finite(step, out, rows.count, step.plan.narrow_rows, step.at(layer.a.offset));
  }
  // As many columns at a time as lie side by side.
  const size_t width = layer.a.panel == 0 ? out : kBlock;
  for (size_t col = 0; col < out; col += width) {
    if (!is_finite(step, rows.count, std::min(width, out - col), layer.a.stride,
                   step.at(layer.a, 0, col))) {
      return false;
    }
  }
  return true;
}

/// The sum of squares of `rows` rows of a batch, which over tiles is in the samples alone.
double squares_of_batch(const StepContext& step, const Batch& batch, size_t first, size_t rows) {
  const size_t in = step.spec.input_size;
  const float* const from = batch.samples.inputs;
  const auto squares = [&](size_t count, size_t row) {
    return static_cast<double>(step.kernels.quick_squares(count, in, in, from + row * in));
  };
  if (batch.order == nullptr) return squares(rows, first);
  double sum = 0;
  for (size_t r = first; r < first + rows; ++r) sum += squares(1, batch.order[r]);
  return sum;
}

}  // namespace

void see_batch(const StepContext& step, const Worker& worker, const Batch& batch,
               Magnitudes& magnitudes) {
  const size_t first = step.first_row(worker, batch.rows);
  const size_t rows = step.end_row(worker, batch.rows) - first;
  const double ones = static_cast<double>(rows);  // that the biases multiply
  const double largest = static_cast<double>(batch.samples.largest_input);
  if (std::isfinite(largest)) {
    const double values = ones * static_cast<double>(step.spec.input_size);
    magnitudes.see_input(values * largest * largest + ones);
  } else {
    magnitudes.see_input(ones + squares_of_batch(step, batch, first, rows));
  }
}

double squares_of(const StepContext& step, const Share& share, const Buffer& buffer, size_t cols) {
  double sum = 0;
  if (share.first >= share.end) return sum;
  const size_t count = share.grid.count();
  if (share.first == 0 && share.end == count) {
    const Tile last = share.tile(count - 1);
    return static_cast<double>(step.kernels.quick_squares(
        last.row + last.rows - share.row, cols, buffer.stride, step.at(buffer, share.row)));
  }
  for (size_t i = share.first; i < share.end; ++i) sum += squares_of(step, share.tile(i), buffer);
  return sum;
}

double squares_of(const StepContext& step, const Tile& tile, const Buffer& buffer) {
  return static_cast<double>(step.kernels.quick_squares(tile.rows, tile.cols, buffer.stride,
                                                        step.at(buffer, tile.row, tile.col)));
}

void see_outputs(const StepContext& step, size_t l, const Rows& rows, double squares,
                 Magnitudes& magnitudes) {
  const LayerPlan& layer = step.plan.layers[l];
  const double count = static_cast<double>(rows.count);
  if (info_of(layer.activation).is_bounded) {
    squares = count * static_cast<double>(layer.parameters.out);
  }
  const double kept = 1 - layer.dropout * rows.dropout;
  magnitudes.see_input(squares / (kept * kept) + count);
}

void see_output_delta(const StepContext& step, const Worker& worker, const Rows& rows,
                      Magnitudes& magnitudes) {
  const LayerPlan& last = step.plan.layers.back();
  const size_t first = step.first_row(worker, rows.count);
  magnitudes.see_delta(static_cast<double>(
      step.kernels.quick_squares(step.end_row(worker, rows.count) - first, last.parameters.out,
                                 last.delta.stride, step.at(last.delta, first))));
}

double gradient_bound(const StepContext& step, const Worker& worker, double penalty) {
  double inputs = 0, deltas = 0, scale = 0;
  for (size_t i = 0; i < worker.count; ++i) {
    const StepNotes& notes = step.workspace.notes[i];
    inputs += notes.inputs;
    deltas += notes.deltas;
    scale += notes.scale;
  }
  // dW = diag(g) dV and dg_i = sum_o W_io dV_io: see InputScalePlan.
  const double factor = step.plan.scale.inputs > 0 ? std::max(1.0, std::sqrt(scale)) : 1;
  // Rounding to bf16 makes a number larger by at most 2^-8 of it.
  const double rounding = step.plan.tiles == nullptr ? 1 : 1.01;
  // l2 |W| from l2 / 2 |W|^2
  return std::sqrt(inputs) * std::sqrt(deltas) * factor * rounding +
         std::sqrt(2 * step.spec.l2 * penalty);
}

bool is_proved(const StepContext& step, const Update& update, double gradient, bool was_tame) {
  if (!was_tame || !update.is_tame(gradient)) return false;
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    if (!step.plan.layers[l].has_factors) continue;
    const LayerSpec& layer = step.spec.layers[l];
    if (!update.with(layer.weight_factors).is_tame(gradient)) return false;
    if (!update.with(layer.bias_factors).is_tame(gradient)) return false;
  }
  return !step.spec.input_scale || update.with(*step.spec.input_scale).is_tame(gradient);
}

void Trial::see(size_t l, const Tile& tile, const Update& weight, const Update& bias,
                const float* d_weight, float gradient_scale) {
  const Panel panel = step_.panel_of(l, tile);
  const size_t rows = step_.plan.layers[l].parameters.weight_rows(tile.row, tile.rows);
  // Without the lanes beyond the last column, where anything may be.
  for (size_t r = 0; r < tile.rows; ++r) {
    see(l, r < rows ? weight : bias, panel.offset + (tile.row + r) * panel.width, panel.cols,
        d_weight + r * panel.width, gradient_scale);
  }
}

void Trial::see(size_t l, const Update& update, size_t at, size_t size, const float* d_weight,
                float gradient_scale) {
  const size_t moments = step_.spec.optimizer.moments();
  const OptimizerSpec& optimizer = step_.spec.optimizer;
  const TameMoments tame = info_of(optimizer.kind).tame_moments(optimizer);
  float copies[1 + kMostMoments][kTrialFloats];
  for (size_t from = 0; from < size; from += kTrialFloats) {
    const size_t count = std::min(kTrialFloats, size - from);
    UpdateTile tile = {.size = count,
                       .weight = copies[0],
                       .moments = {},
                       .d_weight = d_weight + from,
                       .gradient_scale = gradient_scale};
    std::copy_n(step_.state.parameters.data() + at + from, count, copies[0]);
    for (size_t i = 0; i < moments; ++i) {
      std::copy_n(step_.state.moments[i].data() + at + from, count, copies[1 + i]);
      tile.moments[i] = copies[1 + i];
    }
    update.apply(tile);
    const bool gradient = !is_finite(step_, 1, count, count, d_weight + from);
    const bool result = !is_finite(step_, 1 + moments, count, kTrialFloats, copies[0]);
    if (gradient || result) {
      const FaultKind kind = gradient ? FaultKind::kGradient : FaultKind::kUpdate;
      fault_ = first_on_the_way_back(fault_, {kind, l});
    }
    for (size_t i = 0; i < moments; ++i) {
      is_tame_ = is_tame_ && all_within(copies[1 + i], count, tame[i]);
    }
  }
}

Fault Trial::end() {
  StepNotes& own = step_.workspace.notes[worker_.index];
  own.fault_at = fault_ ? fault_.layer + 1 : 0;
  own.is_gradient = fault_.kind == FaultKind::kGradient;
  own.is_tame = is_tame_;
  worker_.wait_for_others();
  Fault fault;
  bool is_tame = true;
  for (size_t i = 0; i < worker_.count; ++i) {
    const StepNotes& notes = step_.workspace.notes[i];
    is_tame = is_tame && notes.is_tame;
    if (notes.fault_at == 0) continue;
    const FaultKind kind = notes.is_gradient ? FaultKind::kGradient : FaultKind::kUpdate;
    fault = first_on_the_way_back(fault, {kind, notes.fault_at - 1});
  }
  if (!fault && worker_.index == 0) step_.state.is_tame = is_tame;
  return fault;
}

Fault fault_of_loss(const StepContext& step, const Rows& rows) {
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    if (!has_finite_outputs(step, l, rows)) return {FaultKind::kOutput, l};
  }
  return {FaultKind::kLoss, step.plan.layers.size() - 1};
}

}  // namespace chainrule
