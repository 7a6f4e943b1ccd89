#include "network/network.h"

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <tuple>
#include <vector>

#include "fit/trainer.h"
#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

using test::classifier;
using test::random_floats;

struct Problem {
  explicit Problem(const NetworkSpec& spec, size_t rows)
      : inputs(random_floats(rows * spec.input_size, 1)),
        targets(random_floats(rows * spec.output_size(), 2)),
        weights(random_floats(rows, 3)) {
    for (float& target : targets) target = std::fabs(target);
    for (float& weight : weights) weight = std::fabs(weight) + 0.1f;
    samples = {rows, inputs.data(), targets.data(), nullptr, weights.data()};
  }
  std::vector<float> inputs, targets, weights;
  Samples samples;
};

std::vector<float> initial_parameters(const NetworkSpec& spec) {
  return random_floats(test::parameter_count(spec), 4, 0.5f);
}

TEST_CASE("gradients are the central differences of the loss") {
  for (const Kernels* kernels : test::all_kernels()) {
    for (const auto& [hidden, output, loss] : std::vector<std::tuple<Activation, Activation, Loss>>{
             {Activation::kTanh, Activation::kSoftmax, Loss::kCrossEntropy},
             {Activation::kSigmoid, Activation::kSigmoid, Loss::kBce},
             {Activation::kLeakyRelu, Activation::kIdentity, Loss::kHalfMse},
             {Activation::kTanh, Activation::kSoftmax, Loss::kMse}}) {
      NetworkSpec spec = classifier({5, 7, 3}, 1);
      spec.layers[0] = {7, hidden, 0.2f, true};
      spec.layers[1] = {3, output, 0, false};
      spec.loss = loss;
      spec.l2 = 0.1;
      const Problem problem(spec, 6);
      const std::vector<float> parameters = initial_parameters(spec);
      Network network(spec, *kernels, parameters);
      std::vector<float> gradients(parameters.size());
      network.loss_and_gradients(problem.samples, gradients);
      std::vector<float> scratch(parameters.size());
      for (size_t i = 0; i < parameters.size(); ++i) {
        const float h = 1e-2f;
        const auto loss_at = [&](float value) {
          std::vector<float> moved = parameters;
          moved[i] = value;
          network.set_parameters(moved);
          return network.loss_and_gradients(problem.samples, scratch);
        };
        const double difference =
            (loss_at(parameters[i] + h) - loss_at(parameters[i] - h)) / (2 * h);
        CAPTURE(kernels->name);
        CAPTURE(i);
        CHECK(test::close(gradients[i], difference, 1e-3));
      }
    }
  }
}

/// Gradients of relu layers with softmax and crossEntropy, by plain loops in double, flat.
std::vector<double> plain_gradients(const std::vector<size_t>& sizes,
                                    const std::vector<float>& parameters, const Problem& problem) {
  const size_t rows = problem.samples.rows;
  const size_t layers = sizes.size() - 1;
  std::vector<size_t> offset(layers);
  for (size_t l = 1; l < layers; ++l) offset[l] = offset[l - 1] + (sizes[l - 1] + 1) * sizes[l];
  std::vector<double> gradients(parameters.size(), 0);
  double total = 0;
  for (const float weight : problem.weights) total += static_cast<double>(weight);
  for (size_t r = 0; r < rows; ++r) {
    std::vector<std::vector<double>> a(layers + 1);
    const float* input = problem.inputs.data() + r * sizes[0];
    a[0].assign(input, input + sizes[0]);
    for (size_t l = 0; l < layers; ++l) {
      const size_t in = sizes[l], out = sizes[l + 1];
      for (size_t o = 0; o < out; ++o) {
        double z = static_cast<double>(parameters[offset[l] + in * out + o]);
        const float* weight = parameters.data() + offset[l] + o * in;
        for (size_t i = 0; i < in; ++i) z += static_cast<double>(weight[i]) * a[l][i];
        a[l + 1].push_back(l + 1 < layers ? std::fmax(z, 0) : std::exp(z));
      }
    }
    double sum = 0, target_sum = 0;
    for (const double e : a[layers]) sum += e;
    const float* target = problem.targets.data() + r * sizes[layers];
    for (size_t o = 0; o < sizes[layers]; ++o) target_sum += static_cast<double>(target[o]);
    std::vector<double> delta;
    for (size_t o = 0; o < sizes[layers]; ++o) {
      delta.push_back(static_cast<double>(problem.weights[r]) / total *
                      (a[layers][o] / sum * target_sum - static_cast<double>(target[o])));
    }
    for (size_t l = layers; l-- > 0;) {
      const size_t in = sizes[l], out = sizes[l + 1];
      std::vector<double> below(in, 0);
      for (size_t o = 0; o < out; ++o) {
        const size_t row = offset[l] + o * in;
        for (size_t i = 0; i < in; ++i) {
          gradients[row + i] += delta[o] * a[l][i];
          if (a[l][i] > 0) below[i] += delta[o] * static_cast<double>(parameters[row + i]);
        }
        gradients[offset[l] + in * out + o] += delta[o];
      }
      delta = below;
    }
  }
  return gradients;
}

TEST_CASE("gradients, and the fused update, are those of plain loops") {
  // Panels deeper than one pass, weights divided by columns, deltas that are packed first, state
  // larger than the caches; and a network without any of these.
  for (const auto& [sizes, rows] : std::vector<std::pair<std::vector<size_t>, size_t>>{
           {{2100, 520, 2100, 3}, 3}, {{20, 40, 3}, 300}, {{7, 9, 33, 5}, 16}}) {
    NetworkSpec spec = classifier(sizes, 2);
    spec.optimizer.kind = OptimizerKind::kSgd;
    spec.optimizer.learning_rate = 1;
    const Problem problem(spec, rows);
    const std::vector<float> before = random_floats(test::parameter_count(spec), 4, 0.05f);
    const std::vector<double> expected = plain_gradients(sizes, before, problem);
    Network network(spec, *supported_kernels().front(), before);
    std::vector<float> gradients(before.size()), after(before.size());
    network.loss_and_gradients(problem.samples, gradients);
    network.train_batch(problem.samples);
    network.get_parameters(after);
    size_t wrong = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      const double updated = static_cast<double>(before[i]) - expected[i];
      if (!test::close(gradients[i], expected[i], 2e-6)) ++wrong;
      if (!test::close(after[i], updated, 2e-6)) ++wrong;
    }
    CAPTURE(sizes[0]);
    CHECK(wrong == 0);
  }
}

/// Whether the parameters after five steps are the same on each number of threads.
void check_same_bits(const Kernels& kernels, const std::vector<size_t>& sizes, size_t rows,
                     double clip_norm) {
  std::vector<float> first;
  for (const size_t threads : {1, 2, 3, 4, 8}) {
    NetworkSpec spec = classifier(sizes, threads);
    spec.l2 = 1e-3;
    spec.optimizer.clip_norm = clip_norm;
    const Problem problem(spec, rows);
    Network network(spec, kernels,
                    random_floats(test::parameter_count(spec), 4, sizes[0] > 1000 ? 0.05f : 0.5f));
    for (int step = 0; step < 5; ++step) network.train_batch(problem.samples);
    std::vector<float> after(network.parameter_count());
    network.get_parameters(after);
    for (const float weight : after) REQUIRE(std::isfinite(weight));
    if (first.empty()) first = after;
    CAPTURE(std::string(kernels.name));
    CAPTURE(std::string(test::name_of(kernels.gemm)));
    CAPTURE(sizes.size());
    CAPTURE(threads);
    CHECK(after == first);
  }
}

TEST_CASE("the same bits on any number of threads") {
  for (const double clip_norm : {0.0, 0.1}) {
    for (const Kernels* kernels : test::all_kernels()) {
      check_same_bits(*kernels, {784, 128, 10}, 100, clip_norm);
      check_same_bits(*kernels, {100, 700, 300, 10}, 40, clip_norm);
    }
    for (const Gemm gemm : {Gemm::kOwn, Gemm::kOpenBlas}) {
      if (supported_kernels(gemm).empty()) continue;
      check_same_bits(*supported_kernels(gemm).front(), {1100, 1000, 40, 1100}, 260, clip_norm);
    }
  }
}

TEST_CASE("losses, outputs and gradients, too, have the same bits on any number of threads") {
  // Fewer rows than threads, rows that do not divide evenly; a softmax that is not fused with its
  // loss; wide outputs; smoothing.
  for (const size_t rows : {2, 37}) {
    for (const bool squared : {false, true}) {
      for (const size_t out : {3, 40}) {
        std::vector<float> first;
        for (const size_t threads : {1, 3, 8}) {
          NetworkSpec spec = classifier({600, 500, 70, out}, threads);
          spec.loss = squared ? Loss::kMse : Loss::kCrossEntropy;
          spec.label_smoothing = squared ? 0 : 0.1;
          const Problem problem(spec, rows);
          Network network(spec, *supported_kernels().front(), initial_parameters(spec));
          std::vector<uint32_t> order(rows);
          for (uint32_t r = 0; r < rows; ++r) order[r] = static_cast<uint32_t>(rows) - 1 - r;
          const size_t parameters = network.parameter_count();
          std::vector<float> found(parameters + rows * (600 + 2 * out));
          float* outputs = found.data() + parameters;
          const double loss = network.loss_and_gradients(
              problem.samples, std::span(found).first(parameters), outputs + 2 * rows * out);
          const Evaluation evaluation = network.evaluate(problem.samples, order, outputs);
          network.predict(problem.inputs.data(), rows, outputs + rows * out);
          found.push_back(static_cast<float>(loss));
          found.push_back(static_cast<float>(evaluation.loss));
          CHECK(std::isfinite(loss));
          if (first.empty()) first = found;
          CAPTURE(threads);
          CHECK(found == first);
        }
      }
    }
  }
}

TEST_CASE("a loss that is not finite changes nothing") {
  const NetworkSpec spec = classifier({4, 8, 3}, 1);
  Problem problem(spec, 10);
  problem.inputs[7] = NAN;
  Network network(spec, *supported_kernels().front(), initial_parameters(spec));
  CHECK_THROWS_AS(network.train_batch(problem.samples), Error);
  std::vector<float> after(network.parameter_count());
  network.get_parameters(after);
  CHECK(after == initial_parameters(spec));
  CHECK(network.steps_taken() == 0);
}

TEST_CASE("a network reports every byte that it holds") {
  const auto held = [] { return static_cast<size_t>(memory_counters().bytes); };
  for (const double clip_norm : {0.0, 1.0}) {
    NetworkSpec spec = classifier({30, 64, 10}, 2);
    spec.optimizer.clip_norm = clip_norm;
    const Problem problem(spec, 32);
    FitSpec fit;
    fit.training = std::make_shared<const Dataset>(problem.samples, 30, 10);
    fit.gradient_tolerance = 1e-12;
    const std::atomic<bool> stop{false};
    std::vector<float> outputs(32 * 10);

    const size_t before = held();
    Network network(spec, *supported_kernels().front(), initial_parameters(spec));
    CHECK(network.bytes() > 3 * sizeof(float) * network.parameter_count());
    CHECK(network.bytes() == held() - before);
    network.train_batch(problem.samples);
    CHECK(network.bytes() == held() - before);
    network.predict(problem.inputs.data(), 1, outputs.data());
    network.predict(problem.inputs.data(), 32, outputs.data());
    CHECK(network.bytes() == held() - before);
    Trainer(network, fit).run(stop, [](const EpochOutcome&) {});
    CHECK(network.bytes() == held() - before);
  }
}

TEST_CASE("a batch with fewer rows needs no more scratch than the plan has") {
  // With fewer rows a product could become deeper, and so could the panel packed for it.
  for (const size_t threads : {1, 3}) {
    NetworkSpec spec = classifier({32, 16, 700, 3}, threads);
    const Problem all(spec, 620);
    Samples samples = all.samples;
    Network network(spec, *supported_kernels().front(), initial_parameters(spec));
    FitSpec fit;
    fit.batch_size = 600;
    fit.sampling = Sampling::kSequential;
    fit.training = std::make_shared<const Dataset>(samples, 32, 3);
    const std::atomic<bool> stop{false};
    Trainer(network, fit).run(stop, [](const EpochOutcome&) {});
    std::vector<float> fitted(network.parameter_count()), stepped(network.parameter_count());
    network.get_parameters(fitted);
    Network by_hand(spec, *supported_kernels().front(), initial_parameters(spec));
    Samples first = samples;
    first.rows = 600;
    by_hand.train_batch(first);
    const Samples last = {20, samples.inputs + 600 * 32, samples.targets + 600 * 3, nullptr,
                          samples.weights + 600};
    by_hand.train_batch(last);
    by_hand.get_parameters(stepped);
    for (size_t i = 0; i < fitted.size(); ++i) CHECK(test::close(fitted[i], stepped[i], 1e-6));
  }
}

TEST_CASE("evaluate and predict agree, over several chunks of rows") {
  const NetworkSpec spec = classifier({6, 9, 4}, 2);
  const Problem problem(spec, 1300);
  Network network(spec, *supported_kernels().front(), initial_parameters(spec));
  std::vector<uint32_t> rows(1300);
  for (uint32_t r = 0; r < rows.size(); ++r) rows[r] = r;
  std::vector<float> evaluated(1300 * 4), predicted(1300 * 4), gradients(network.parameter_count());
  const Evaluation evaluation = network.evaluate(problem.samples, rows, evaluated.data());
  network.predict(problem.inputs.data(), 1300, predicted.data());
  CHECK(evaluated == predicted);
  CHECK(test::close(evaluation.loss, network.loss_and_gradients(problem.samples, gradients), 1e-6));
  size_t right = 0;
  for (size_t r = 0; r < 1300; ++r) {
    size_t best = 0, expected = 0;
    for (size_t j = 1; j < 4; ++j) {
      if (predicted[4 * r + j] > predicted[4 * r + best]) best = j;
      if (problem.targets[4 * r + j] > problem.targets[4 * r + expected]) expected = j;
    }
    right += best == expected;
  }
  CHECK(evaluation.right == right);
  CHECK(evaluation.decided == 1300);
}

TEST_CASE("parameters and moments go in and come out in the public layout") {
  NetworkSpec spec = classifier({3, 5, 2}, 1);
  spec.layers[0].use_bias = false;
  const std::vector<float> parameters = initial_parameters(spec);
  Network network(spec, *supported_kernels().front(), parameters);
  std::vector<float> out(parameters.size());
  network.get_parameters(out);
  CHECK(out == parameters);
  network.set_moment(1, parameters);
  std::vector<float> first(parameters.size());
  const std::vector<std::span<float>> moments = {first, out};
  network.get_optimizer_state(moments);
  CHECK(out == parameters);
  CHECK(first == std::vector<float>(parameters.size(), 0));
  CHECK_THROWS_AS(network.set_parameters(std::vector<float>(3)), Error);
}

}  // namespace
}  // namespace chainrule
