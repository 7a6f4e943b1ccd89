#include "step/input_scale.h"

#include <algorithm>
#include <utility>

#include "step/weight_gradient.h"

namespace chainrule {
namespace {

const float* scale_of(const StepContext& step) {
  return step.state.parameters.data() + step.plan.scale.offset;
}

/// This worker's inputs [first, end): whole cache lines, so that vectors are the same on any number
/// of threads.
std::pair<size_t, size_t> own_inputs(const StepContext& step, const Worker& worker) {
  const InputScalePlan& scale = step.plan.scale;
  const size_t lines = scale.stride / kFloatsPerLine;
  return {worker.first_of(lines) * kFloatsPerLine,
          std::min(scale.inputs, worker.end_of(lines) * kFloatsPerLine)};
}

}  // namespace

void weigh_inputs(const StepContext& step, const Worker& worker, Magnitudes* magnitudes) {
  step.begin(step.plan.scale.weigh_phase, worker);
  const TileGrid& grid = step.plan.layers.front().d_weight;
  double squares = 0;
  for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
    const Tile tile = grid.at(i);
    const Panel panel = step.panel_of(0, tile);
    const size_t corner = panel.offset + tile.row * panel.width;
    const size_t rows = step.plan.layers.front().parameters.weight_rows(tile.row, tile.rows);
    const float* from = step.weight(panel, tile.row);
    float* to = step.at(step.plan.scale.weight) + corner;
    step.kernels.scale_rows(rows, panel.width, panel.width, scale_of(step) + tile.row, from, to);
    std::copy_n(from + rows * panel.width, (tile.rows - rows) * panel.width,
                to + rows * panel.width);
    if (magnitudes != nullptr) {
      squares +=
          static_cast<double>(step.kernels.quick_squares(tile.rows, panel.cols, panel.width, from));
    }
  }
  if (magnitudes == nullptr) return;
  if (worker.index == 0) {
    const size_t inputs = step.plan.scale.inputs;
    squares += static_cast<double>(step.kernels.quick_squares(1, inputs, inputs, scale_of(step)));
  }
  magnitudes->see_scale(squares);
}

void split_gradient(const StepContext& step, const Tile& tile, float* d_weight) {
  const Panel panel = step.panel_of(0, tile);
  const InputScalePlan& scale = step.plan.scale;
  const size_t rows = step.plan.layers.front().parameters.weight_rows(tile.row, tile.rows);
  const size_t number = tile.col / step.plan.layers.front().parameters.shape.width();
  step.kernels.row_dots(rows, panel.cols, panel.width, step.weight(panel, tile.row), d_weight,
                        step.at(scale.sums) + number * scale.stride + tile.row);
  step.kernels.scale_rows(rows, panel.cols, panel.width, scale_of(step) + tile.row, d_weight,
                          d_weight);
  add_penalty(step, 0, tile, d_weight);
}

void sum_scale_gradient(const StepContext& step, const Worker& worker, float* d_scale) {
  step.begin(step.plan.scale.sum_phase, worker);
  const InputScalePlan& scale = step.plan.scale;
  const float* sums = step.at(scale.sums);
  const auto [first, end] = own_inputs(step, worker);
  for (size_t i = first; i < end; ++i) {
    double sum = 0;
    for (size_t panel = 0; panel < scale.panels; ++panel) {
      sum += static_cast<double>(sums[panel * scale.stride + i]);
    }
    d_scale[i] = static_cast<float>(sum);
  }
}

void update_scale(const StepContext& step, const Worker& worker, const Update& update,
                  const float* d_scale, float gradient_scale) {
  const auto [first, end] = own_inputs(step, worker);
  if (first >= end) return;
  const size_t at = step.plan.scale.offset + first;
  update.with(*step.spec.input_scale)
      .apply({.size = end - first,
              .weight = part_of(step.state.parameters, at),
              .moments = {part_of(step.state.moments[0], at), part_of(step.state.moments[1], at),
                          part_of(step.state.moments[2], at)},
              .d_weight = d_scale + first,
              .gradient_scale = gradient_scale});
}

void try_scale(Trial& trial, const StepContext& step, const Worker& worker, const Update& update,
               const float* d_scale, float gradient_scale) {
  const auto [first, end] = own_inputs(step, worker);
  if (first >= end) return;
  trial.see(0, update.with(*step.spec.input_scale), step.plan.scale.offset + first, end - first,
            d_scale + first, gradient_scale);
}

void add_scale_to_sum(const StepContext& step, const Worker& worker, float weight) {
  const auto [first, end] = own_inputs(step, worker);
  if (first >= end) return;
  const size_t at = step.plan.scale.offset + first;
  step.kernels.add_scaled(1, end - first, weight, step.workspace.gradients.data() + at, 0,
                          step.workspace.gradient_sum.data() + at, 0);
}

void sum_and_update_scale(const StepContext& step, const Worker& worker, const Update& update) {
  float* d_scale = step.at(step.plan.scale.sums);
  sum_scale_gradient(step, worker, d_scale);
  update_scale(step, worker, update, d_scale, 1);
}

}  // namespace chainrule
