#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "fit/trainer.h"
#include "network/network.h"
#include "support.h"

/// What the tests that compare ways of training share.
namespace chainrule::test {

inline constexpr size_t kSteps = 20;

/// A network and its training data.
struct Case {
  NetworkSpec spec;
  size_t batch;
  size_t rows;  // of the data: whole batches and, if rows are left, a last partial one
  bool labels = false;
  bool weights = false;
  bool fits = true;  // in a fit, whose batches have an order; otherwise train_batch on all rows
};

inline std::string name_of(const Case& c) {
  std::ostringstream name;
  name << c.spec.input_size;
  for (const LayerSpec& layer : c.spec.layers) {
    name << '-' << layer.units << " g" << static_cast<int>(layer.activation)
         << (layer.use_bias ? "" : " no bias");
    if (layer.dropout > 0) name << " dropout " << layer.dropout;
  }
  name << ", loss " << static_cast<int>(c.spec.loss) << (c.labels ? " of labels" : "")
       << (c.weights ? " weighted" : "") << ", smoothing " << c.spec.label_smoothing << ", l2 "
       << c.spec.l2 << ", optimizer " << static_cast<int>(c.spec.optimizer.kind) << ", batches of "
       << c.batch << " of " << c.rows << (c.fits ? " in a fit" : "");
  return name.str();
}

/// Parameters, moments and losses of kSteps steps or more.
struct Trained {
  std::vector<float> parameters, first, second;
  std::vector<double> losses;
};

inline Trained train(const Kernels& kernels, const Case& c, std::optional<StepPath> path) {
  const NetworkSpec& spec = c.spec;
  const size_t out = spec.output_size();
  const std::vector<float> inputs = random_floats(c.rows * spec.input_size, 61);
  std::vector<float> targets = random_floats(c.rows * out, 62);
  for (float& target : targets) target = std::fabs(target);
  std::vector<float> weights = random_floats(c.rows, 63);
  for (float& weight : weights) weight = std::fabs(weight);
  std::vector<int32_t> labels;
  for (size_t r = 0; r < c.rows; ++r) labels.push_back(static_cast<int32_t>(5 * r % out));
  const Samples samples = {c.rows, inputs.data(), c.labels ? nullptr : targets.data(),
                           c.labels ? labels.data() : nullptr,
                           c.weights ? weights.data() : nullptr};

  Trained trained;
  trained.parameters = random_floats(parameter_count(spec), 64, 0.5f);
  trained.first.resize(trained.parameters.size());
  trained.second.resize(trained.parameters.size());
  Network network(spec, kernels, trained.parameters);
  if (path) network.perceptron(Access::Hold(network.access())).force_path(*path);
  if (c.fits) {
    FitSpec fit;
    fit.batch_size = c.batch;
    fit.seed = 3;
    fit.training = std::make_shared<const Dataset>(samples, spec.input_size, out);
    const size_t steps = (c.rows + c.batch - 1) / c.batch;
    fit.epochs = static_cast<uint32_t>((kSteps + steps - 1) / steps);
    const std::atomic<bool> stop{false};
    Trainer(network, fit).run(stop, [&](const EpochOutcome& outcome) {
      trained.losses.push_back(outcome.loss);
    });
  } else {
    for (size_t step = 0; step < kSteps; ++step) {
      trained.losses.push_back(network.train_batch(samples));
    }
  }
  CHECK(network.steps_taken() >= kSteps);
  network.get_parameters(trained.parameters);
  std::vector<std::span<float>> moments;
  if (network.moments() > 0) moments.push_back(trained.first);
  if (network.moments() > 1) moments.push_back(trained.second);
  network.get_optimizer_state(moments);
  return trained;
}

/// The largest difference between two arrays, relative to the largest number in them.
template <typename Number>
double difference(const std::vector<Number>& a, const std::vector<Number>& b) {
  double most = 0, largest = 0;
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    if (!std::isfinite(x) || !std::isfinite(y)) return HUGE_VAL;
    most = std::fmax(most, std::fabs(x - y));
    largest = std::fmax(largest, std::fmax(std::fabs(x), std::fabs(y)));
  }
  return largest == 0 ? 0 : most / largest;
}

}  // namespace chainrule::test
