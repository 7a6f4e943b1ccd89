#include "step/update.h"

#include <algorithm>
#include <cmath>

#include "step/backward.h"
#include "step/input_scale.h"
#include "step/weight_gradient.h"

namespace chainrule {
namespace {

/// L2 norm of the whole gradient, the same in every worker.
double gradient_norm(const StepContext& step, const Worker& worker) {
  const float* gradients = step.workspace.gradients.data();
  double squares = sum_over_tiles(step, worker, [&](const WeightTile& weight) {
    return step.kernels.sum_of_squares(weight.tile.rows, weight.panel.cols, weight.panel.width,
                                       gradients + weight.corner);
  });
  const InputScalePlan& scale = step.plan.scale;
  if (scale.inputs > 0) {
    squares += step.kernels.sum_of_squares(1, scale.inputs, scale.inputs, gradients + scale.offset);
  }
  return std::sqrt(squares);
}

/// Writes the gradient of the parts before this one, without the penalty, to the workspace.
void continue_gradients(const StepContext& step, const Worker& worker) {
  if (worker.index == 0) {
    BatchPart& part = *step.part;
    part.reducer.continue_sums(std::span(part.flat));
    unflatten(part.layout, part.flat, step.workspace.gradients);
  }
  worker.wait_for_others();
}

/// Replaces the gradient in the workspace by that of all parts.
void complete_gradients(const StepContext& step, const Worker& worker) {
  worker.wait_for_others();
  if (worker.index == 0) {
    BatchPart& part = *step.part;
    flatten(part.layout, step.workspace.gradients, part.flat);
    part.reducer.complete_sums(std::span(part.flat));
    unflatten(part.layout, part.flat, step.workspace.gradients);
  }
  worker.wait_for_others();
}

/// What the gradient in the workspace still lacks: the penalty's, after parts are joined, and what
/// follows from dV of InputScalePlan.
void finish_gradients(const StepContext& step, const Worker& worker) {
  const bool scaled = step.plan.scale.inputs > 0;
  if (!scaled && step.part == nullptr) return;
  float* gradients = step.workspace.gradients.data();
  for_each_own_tile(step, worker, [&](const WeightTile& weight) {
    if (step.is_scaled(weight.layer)) {
      split_gradient(step, weight.tile, gradients + weight.corner);
    } else if (step.part != nullptr) {
      add_penalty(step, weight.layer, weight.tile, gradients + weight.corner);
    }
  });
  if (scaled) sum_scale_gradient(step, worker, gradients + step.plan.scale.offset);
}

/// Calls use(l, for_each_tile) for every layer, from the last one down; for_each_tile(body) calls
/// body(tile, d_weight) for this worker's tiles of its gradient, or parts of them, each in scratch
/// memory: see WeightGradient.
template <typename Use>
void for_each_gradient(const StepContext& step, const Worker& worker, const Rows& rows,
                       const Use& use) {
  for (size_t l = step.plan.layers.size(); l-- > 0;) {
    step.begin(step.plan.layers[l].d_weight_phase, worker);
    const bool is_scaled = step.is_scaled(l);
    use(l, [&](const auto& body) {
      WeightGradient(step, worker, l, rows, nullptr)
          .for_each_tile([&](const Tile& tile, float* d_weight) {
            if (is_scaled) split_gradient(step, tile, d_weight);
            body(tile, d_weight);
          });
    });
  }
}

/// Calls use(update of the layer, weight tile) for this worker's tiles of all weights.
template <typename Use>
void for_each_stored(const StepContext& step, const Worker& worker, const Update& update,
                     const Use& use) {
  std::optional<LayerUpdate> own;
  for_each_own_tile(step, worker, [&](const WeightTile& weight) {
    if (!own || own->layer() != weight.layer) own.emplace(step, weight.layer, update);
    use(*own, weight);
  });
}

/// What an update with the stored gradients would lead to; the same in every worker.
Fault try_stored(const StepContext& step, const Worker& worker, const Update& update, float scale) {
  Trial trial(step, worker);
  const float* gradients = step.workspace.gradients.data();
  for_each_stored(step, worker, update, [&](const LayerUpdate& own, const WeightTile& weight) {
    own.try_out(trial, weight.tile, gradients + weight.corner, scale);
  });
  if (step.plan.scale.inputs > 0) {
    try_scale(trial, step, worker, update, gradients + step.plan.scale.offset, scale);
  }
  return trial.end();
}

/// Adds weight * gradient to the workspace's gradient_sum, if it has one.
void add_to_sum(const StepContext& step, const Worker& worker, double weight) {
  if (step.workspace.gradient_sum.size() == 0) return;
  for_each_own_tile(step, worker, [&](const WeightTile& tile) {
    step.kernels.add_scaled(tile.tile.rows, tile.panel.cols, static_cast<float>(weight),
                            step.workspace.gradients.data() + tile.corner, tile.panel.width,
                            step.workspace.gradient_sum.data() + tile.corner, tile.panel.width);
  });
  if (step.plan.scale.inputs > 0) {
    add_scale_to_sum(step, worker, static_cast<float>(weight));
  }
}

}  // namespace

LayerUpdate::LayerUpdate(const StepContext& step, size_t l, const Update& update)
    : step_(step), l_(l), update_(update) {
  if (!step.plan.layers[l].has_factors) return;
  weight_.emplace(update.with(step.spec.layers[l].weight_factors));
  bias_.emplace(update.with(step.spec.layers[l].bias_factors));
}

void LayerUpdate::apply_factors(const Tile& tile, const float* d_weight,
                                float gradient_scale) const {
  const size_t rows = step_.plan.layers[l_].parameters.weight_rows(tile.row, tile.rows);
  if (rows > 0) {
    update_rows(*weight_, {tile.row, rows, tile.col, tile.cols}, d_weight, gradient_scale);
  }
  if (rows < tile.rows) {
    update_rows(*bias_, {tile.row + rows, tile.rows - rows, tile.col, tile.cols},
                d_weight + rows * step_.panel_of(l_, tile).width, gradient_scale);
  }
}

void update_fused(const StepContext& step, const Worker& worker, const Rows& rows,
                  const Update& update) {
  for_each_gradient(step, worker, rows, [&](size_t l, const auto& for_each_tile) {
    const LayerUpdate own(step, l, update);
    for_each_tile([&](const Tile& tile, float* d_weight) { own.apply(tile, d_weight, 1); });
  });
  if (step.plan.scale.inputs > 0) sum_and_update_scale(step, worker, update);
}

Fault try_fused(const StepContext& step, const Worker& worker, const Rows& rows,
                const Update& update) {
  Trial trial(step, worker);
  for_each_gradient(step, worker, rows, [&](size_t l, const auto& for_each_tile) {
    const LayerUpdate own(step, l, update);
    for_each_tile(
        [&](const Tile& tile, float* d_weight) { own.try_out(trial, tile, d_weight, 1); });
  });
  if (step.plan.scale.inputs > 0) {
    float* d_scale = step.at(step.plan.scale.sums);
    sum_scale_gradient(step, worker, d_scale);
    try_scale(trial, step, worker, update, d_scale, 1);
  }
  return trial.end();
}

void backward_to_gradients(const StepContext& step, const Worker& worker, const Rows& rows) {
  if (step.part != nullptr) continue_gradients(step, worker);
  for (size_t l = step.plan.layers.size(); l-- > 0;) {
    step.begin(step.plan.layers[l].d_weight_phase, worker);
    WeightGradient(step, worker, l, rows, step.workspace.gradients.data())
        .for_each_tile([](const Tile&, const float*) {});
  }
  if (step.part != nullptr) complete_gradients(step, worker);
  finish_gradients(step, worker);
}

Fault clip_and_update(const StepContext& step, const Worker& worker, const Update& update,
                      double weight, bool was_tame) {
  const double most = step.spec.optimizer.clip_norm;
  step.begin(step.plan.norm_phase, worker);
  const double norm = gradient_norm(step, worker);
  const bool clips = most > 0 && norm > most;
  const float scale = clips ? static_cast<float>(most / norm) : 1;
  const double bound = clips && std::isfinite(norm) ? most : norm;
  if (!is_proved(step, update, bound, was_tame)) {
    const Fault fault = try_stored(step, worker, update, scale);
    if (fault) return fault;
  }
  add_to_sum(step, worker, weight);
  step.begin(step.plan.update_phase, worker);
  for_each_stored(step, worker, update, [&](const LayerUpdate& own, const WeightTile& tile) {
    own.apply(tile.tile, step.workspace.gradients.data() + tile.corner, scale);
  });
  if (step.plan.scale.inputs > 0) {
    update_scale(step, worker, update, step.workspace.gradients.data() + step.plan.scale.offset,
                 scale);
  }
  return {};
}

}  // namespace chainrule
