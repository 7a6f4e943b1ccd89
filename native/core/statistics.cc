#include "statistics.h"

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

double saturated_share(const LayerPlan& layer, bool logits, const float* a, size_t rows) {
  const size_t size = rows * layer.parameters.out;
  size_t saturated = 0;
  for (size_t i = 0; i < size; ++i)
    saturated += is_saturated(layer.activation, logits, a[i]) ? 1 : 0;
  return static_cast<double>(saturated) / static_cast<double>(size);
}

/// z <= 0 exactly where a = relu(z) or leakyRelu(z) is.
double dead_share(const LayerPlan& layer, const float* a, size_t rows) {
  if (layer.activation != Activation::kRelu && layer.activation != Activation::kLeakyRelu) return 0;
  const size_t out = layer.parameters.out;
  size_t dead = 0;
  for (size_t u = 0; u < out; ++u) {
    size_t below = 0;
    for (size_t r = 0; r < rows; ++r) below += a[r * out + u] <= 0 ? 1 : 0;
    dead += below == rows ? 1 : 0;
  }
  return static_cast<double>(dead) / static_cast<double>(out);
}

template <typename Value>
double norm(size_t size, const Value& value) {
  double squares = 0;
  for (size_t i = 0; i < size; ++i) squares += value(i) * value(i);
  return std::sqrt(squares);
}

}  // namespace

std::vector<LayerStatistics> layer_statistics(const Workspace& workspace, size_t rows,
                                              bool output_is_logits,
                                              const AlignedArray<float>& parameters,
                                              const AlignedArray<float>& before) {
  std::vector<LayerStatistics> layers;
  for (size_t l = 0; l < workspace.plan.layers.size(); ++l) {
    const LayerPlan& layer = workspace.plan.layers[l];
    const size_t weights = layer.parameters.in * layer.parameters.out;
    const float* a = workspace.floats.data() + layer.a;
    const float* now = parameters.data() + layer.parameters.offset;
    const float* gradient = workspace.gradients.data() + layer.parameters.offset;
    const bool logits = output_is_logits && l + 1 == workspace.plan.layers.size();
    LayerStatistics statistics;
    statistics.saturated = saturated_share(layer, logits, a, rows);
    statistics.dead = dead_share(layer, a, rows);
    statistics.gradient_norm = norm(weights, [&](size_t i) { return double{gradient[i]}; });
    statistics.weight_norm = norm(weights, [&](size_t i) { return double{now[i]}; });
    if (before.size() > 0) {
      const float* then = before.data() + layer.parameters.offset;
      const double old = norm(weights, [&](size_t i) { return double{then[i]}; });
      const double change =
          norm(weights, [&](size_t i) { return double{now[i]} - double{then[i]}; });
      statistics.update_ratio = old > 0 ? change / old : 0;
    }
    layers.push_back(statistics);
  }
  return layers;
}

}  // namespace chainrule
