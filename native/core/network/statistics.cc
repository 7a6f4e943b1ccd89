#include "network/statistics.h"

#include <cmath>

namespace chainrule {
namespace {

bool is_saturated(const ActivationInfo& g, bool logit, double value) {
  if (logit) return std::fabs(value) > g.saturated_logit;
  return value < g.saturated_below || value > g.saturated_above;
}

struct Activations {
  const float* floats;  // of the workspace
  const Buffer& a;
  size_t rows;
  float at(size_t row, size_t unit) const { return floats[a.at(row, unit)]; }
};

double saturated_share(const LayerPlan& layer, bool logits, const Activations& a) {
  const ActivationInfo& g = info_of(layer.activation);
  size_t saturated = 0;
  for (size_t r = 0; r < a.rows; ++r) {
    for (size_t u = 0; u < layer.parameters.out; ++u) {
      saturated += is_saturated(g, logits, a.at(r, u)) ? 1 : 0;
    }
  }
  return static_cast<double>(saturated) / static_cast<double>(a.rows * layer.parameters.out);
}

/// Of an activation whose a <= 0 if and only if z <= 0.
double dead_share(const LayerPlan& layer, const Activations& a) {
  if (!info_of(layer.activation).can_die) return 0;
  size_t dead = 0;
  for (size_t u = 0; u < layer.parameters.out; ++u) {
    size_t below = 0;
    for (size_t r = 0; r < a.rows; ++r) below += a.at(r, u) <= 0 ? 1 : 0;
    dead += below == a.rows ? 1 : 0;
  }
  return static_cast<double>(dead) / static_cast<double>(layer.parameters.out);
}

/// L2 norm of value(offset) over the weight, without the bias.
template <typename Value>
double norm(const LayerLayout& weight, const Value& value) {
  double squares = 0;
  for (size_t i = 0; i < weight.in; ++i) {
    for (size_t o = 0; o < weight.out; ++o) {
      const double x = value(weight.at(i, o));
      squares += x * x;
    }
  }
  return std::sqrt(squares);
}

}  // namespace

std::vector<LayerStatistics> layer_statistics(const Workspace& workspace, size_t rows,
                                              bool output_is_logits, const AlignedArray<float>& now,
                                              const AlignedArray<float>& before) {
  std::vector<LayerStatistics> layers;
  for (size_t l = 0; l < workspace.plan.layers.size(); ++l) {
    const LayerPlan& layer = workspace.plan.layers[l];
    const Activations a = {workspace.floats.data(), layer.a, rows};
    const bool logits = output_is_logits && l + 1 == workspace.plan.layers.size();
    const auto norm_of = [&](const auto& value) { return norm(layer.parameters, value); };
    LayerStatistics statistics;
    statistics.saturated = saturated_share(layer, logits, a);
    statistics.dead = dead_share(layer, a);
    statistics.gradient_norm = norm_of([&](size_t i) { return double{workspace.gradients[i]}; });
    statistics.weight_norm = norm_of([&](size_t i) { return double{now[i]}; });
    if (before.size() > 0) {
      const double old = norm_of([&](size_t i) { return double{before[i]}; });
      const double change = norm_of([&](size_t i) { return double{now[i]} - double{before[i]}; });
      statistics.update_ratio = old > 0 ? change / old : 0;
    }
    layers.push_back(statistics);
  }
  return layers;
}

}  // namespace chainrule
