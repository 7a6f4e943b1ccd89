#include "network/statistics.h"

#include <cmath>

namespace chainrule {
namespace {

// |z| beyond which sigmoid(z) leaves [0.02, 0.98]: log(0.98 / 0.02).
constexpr double kSaturatedLogit = 3.8918202981106265;

bool is_saturated(Activation activation, bool logit, double value) {
  switch (activation) {
    case Activation::kSigmoid:
      return logit ? std::fabs(value) > kSaturatedLogit : value < 0.02 || value > 0.98;
    case Activation::kTanh:
      return std::fabs(value) > 0.96;
    default:
      return false;
  }
}

struct Activations {
  const float* data;
  size_t stride;
  size_t rows;
};

double saturated_share(const LayerPlan& layer, bool logits, const Activations& a) {
  size_t saturated = 0;
  for (size_t r = 0; r < a.rows; ++r) {
    for (size_t u = 0; u < layer.parameters.out; ++u) {
      saturated += is_saturated(layer.activation, logits, a.data[r * a.stride + u]) ? 1 : 0;
    }
  }
  return static_cast<double>(saturated) / static_cast<double>(a.rows * layer.parameters.out);
}

/// For relu and leakyRelu, a <= 0 if and only if z <= 0.
double dead_share(const LayerPlan& layer, const Activations& a) {
  if (layer.activation != Activation::kRelu && layer.activation != Activation::kLeakyRelu) return 0;
  size_t dead = 0;
  for (size_t u = 0; u < layer.parameters.out; ++u) {
    size_t below = 0;
    for (size_t r = 0; r < a.rows; ++r) below += a.data[r * a.stride + u] <= 0 ? 1 : 0;
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
    const Activations a = {workspace.floats.data() + layer.a.offset, layer.a.stride, rows};
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
