// A scale of the inputs, whose step computes with diag(g) W instead of X diag(g).
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include "network/perceptron.h"
#include "support.h"

namespace chainrule {
namespace {

using test::classifier;
using test::close;
using test::random_floats;

struct Case {
  std::vector<size_t> sizes;
  size_t rows;
};

NetworkSpec scaled(const std::vector<size_t>& sizes, size_t threads) {
  NetworkSpec spec = classifier(sizes, threads);
  spec.input_scale = TensorFactors{.learning_rate = 6};
  return spec;
}

/// Rows with labels, and parameters whose last ones are the scale.
struct Problem {
  Problem(const NetworkSpec& spec, size_t rows)
      : inputs(random_floats(rows * spec.input_size, 1)),
        labels(rows),
        parameters(
            random_floats(test::parameter_count(spec), 4, spec.input_size > 1000 ? 0.05f : 0.5f)) {
    for (size_t r = 0; r < rows; ++r) labels[r] = static_cast<int32_t>(r % spec.output_size());
    for (float& g : std::span(parameters).last(spec.input_size)) g += 1;
    samples = {rows, inputs.data(), nullptr, labels.data(), nullptr};
  }
  std::vector<float> inputs;
  std::vector<int32_t> labels;
  std::vector<float> parameters;
  Samples samples;
};

/// Everything that a network without a scale finds on the inputs times g.
struct Expected {
  Expected(const NetworkSpec& spec, const Kernels& kernels, const Problem& problem)
      : in(spec.input_size),
        gradients(problem.parameters.size()),
        d_inputs(problem.inputs.size()),
        outputs(problem.samples.rows * spec.output_size()) {
    NetworkSpec plain = spec;
    plain.input_scale.reset();
    const std::span<const float> all(problem.parameters);
    const std::span<const float> scale = all.last(in);
    std::vector<float> inputs = problem.inputs;
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] *= scale[i % in];
    Samples samples = problem.samples;
    samples.inputs = inputs.data();
    Perceptron network(plain, kernels, all.first(all.size() - in));
    std::span<float> layers = std::span(gradients).first(all.size() - in);
    loss = network.loss_and_gradients(samples, layers, d_inputs.data());
    for (size_t i = 0; i < in; ++i) {
      double sum = 0;
      for (size_t r = 0; r < samples.rows; ++r) {
        sum += static_cast<double>(problem.inputs[r * in + i]) *
               static_cast<double>(d_inputs[r * in + i]);
      }
      gradients[layers.size() + i] = static_cast<float>(sum);
    }
    for (size_t i = 0; i < d_inputs.size(); ++i) d_inputs[i] *= scale[i % in];
    network.predict(inputs.data(), samples.rows, outputs.data(), nullptr);
  }
  size_t in;
  double loss = 0;
  std::vector<float> gradients, d_inputs, outputs;
};

void check_close(const char* what, const std::vector<float>& came,
                 const std::vector<float>& expected, double tolerance) {
  size_t wrong = 0;
  for (size_t i = 0; i < came.size(); ++i) wrong += close(came[i], expected[i], tolerance) ? 0 : 1;
  CAPTURE(what);
  CHECK(came.size() == expected.size());
  CHECK(wrong == 0);
}

// Thin panels, several panels, panels deeper than one pass, packed deltas.
const std::vector<Case> kCases = {
    {{5, 3, 2}, 6}, {{7, 33, 17, 3}, 16}, {{20, 40, 3}, 300}, {{2100, 70, 3}, 4}};

TEST_CASE("a network with a scale computes what one without does on inputs times g") {
  for (const Kernels* kernels : test::all_kernels()) {
    for (const auto& [sizes, rows] : kCases) {
      for (const bool bias : {true, false}) {
        NetworkSpec spec = scaled(sizes, 2);
        spec.layers[0].use_bias = bias;
        spec.l2 = 0.01;
        const Problem problem(spec, rows);
        const Expected expected(spec, *kernels, problem);
        Perceptron network(spec, *kernels, problem.parameters);
        std::vector<float> gradients(expected.gradients.size());
        std::vector<float> d_inputs(expected.d_inputs.size()), outputs(expected.outputs.size());
        const double loss = network.loss_and_gradients(problem.samples, gradients, d_inputs.data());
        network.predict(problem.inputs.data(), rows, outputs.data(), nullptr);
        CAPTURE(kernels->name);
        CAPTURE(test::name_of(kernels->gemm));
        CAPTURE(sizes[0]);
        CHECK(close(loss, expected.loss, 1e-5));
        check_close("gradients", gradients, expected.gradients, 1e-5);
        check_close("gradients of the inputs", d_inputs, expected.d_inputs, 1e-5);
        check_close("outputs", outputs, expected.outputs, 1e-5);
      }
    }
  }
}

/// Parameters after five steps.
std::vector<float> trained(const NetworkSpec& spec, const Kernels& kernels, size_t rows,
                           bool two_passes) {
  const Problem problem(spec, rows);
  Perceptron network(spec, kernels, problem.parameters);
  if (two_passes) network.force_path(StepPath::kTwoPasses);
  for (int step = 0; step < 5; ++step) network.train_batch(problem.samples);
  std::vector<float> after(problem.parameters.size());
  flatten(network.layout(), network.state().parameters, after);
  for (const float value : after) REQUIRE(std::isfinite(value));
  CHECK(after.back() != problem.parameters.back());
  return after;
}

TEST_CASE("a scale is trained to the same bits on any number of threads and on both paths") {
  for (const Kernels* kernels : test::all_kernels()) {
    for (const Case& one :
         std::vector<Case>{{{784, 128, 10}, 100}, {{37, 700, 10}, 40}, {{5, 3, 2}, 64}}) {
      for (const double clip_norm : {0.0, 0.1}) {
        std::vector<float> first;
        for (const size_t threads : {1, 2, 3, 8}) {
          NetworkSpec spec = scaled(one.sizes, threads);
          spec.l2 = 1e-3;
          spec.layers[0].dropout = 0.2;
          spec.optimizer.clip_norm = clip_norm;
          const std::vector<float> after = trained(spec, *kernels, one.rows, clip_norm > 0);
          if (first.empty()) first = after;
          CAPTURE(kernels->name);
          CAPTURE(test::name_of(kernels->gemm));
          CAPTURE(threads);
          CHECK(after == first);
          if (clip_norm == 0) CHECK(trained(spec, *kernels, one.rows, true) == first);
        }
      }
    }
  }
}

TEST_CASE("the norm to clip by counts the scale's gradient") {
  NetworkSpec spec = scaled({6, 9, 3}, 1);
  spec.optimizer.kind = OptimizerKind::kSgd;
  spec.input_scale = TensorFactors{};
  spec.optimizer.learning_rate = 1;
  const Problem problem(spec, 20);
  std::vector<float> gradients(problem.parameters.size());
  Perceptron(spec, *supported_kernels().front(), problem.parameters)
      .loss_and_gradients(problem.samples, gradients, nullptr);
  double squares = 0;
  for (const float g : gradients) squares += static_cast<double>(g) * static_cast<double>(g);
  spec.optimizer.clip_norm = std::sqrt(squares) / 2;
  Perceptron network(spec, *supported_kernels().front(), problem.parameters);
  network.train_batch(problem.samples);
  std::vector<float> after(problem.parameters.size());
  flatten(network.layout(), network.state().parameters, after);
  for (size_t i = 0; i < after.size(); ++i) {
    CHECK(close(after[i], problem.parameters[i] - 0.5 * gradients[i], 1e-6));
  }
}

TEST_CASE("a scale that is not finite is noticed") {
  const NetworkSpec spec = scaled({6, 9, 3}, 1);
  Problem problem(spec, 2);
  problem.parameters.back() = NAN;
  Perceptron network(spec, *supported_kernels().front(), problem.parameters);
  CHECK_THROWS_WITH(
      network.train_batch(problem.samples),
      "an output of layer 1 of 2 is NaN or infinite in step 1; no weight was changed");
}

}  // namespace
}  // namespace chainrule
