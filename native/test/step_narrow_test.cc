// Compares the narrow step with the row-major one. A clipping norm that no gradient reaches changes
// no number, but needs all gradients before the update, which the narrow step does not have.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support.h"
#include "trained.h"

namespace chainrule {
namespace {

using test::Case;
using test::difference;
using test::train;
using test::Trained;

constexpr double kTolerance = 5e-6;

bool is_narrow(const Kernels& kernels, const Case& c) {
  const ParameterLayout layout = make_parameter_layout(c.spec, kernels.panels);
  return choose_path(c.spec, layout, c.batch, false) == StepPath::kNarrow;
}

void check_agrees(const Kernels& kernels, const Case& c) {
  const Trained narrow = train(kernels, c, StepPath::kNarrow);
  const Trained row_major = train(kernels, c, StepPath::kFused);
  const Trained two_passes = train(kernels, c, StepPath::kTwoPasses);
  CAPTURE(std::string(kernels.name));
  CAPTURE(name_of(c));
  CHECK(difference(narrow.parameters, row_major.parameters) < kTolerance);
  CHECK(difference(narrow.losses, row_major.losses) < kTolerance);
  // These two differ in when they update, not in what they compute.
  CHECK(two_passes.parameters == row_major.parameters);
  CHECK(two_passes.losses == row_major.losses);
  CHECK(difference(narrow.first, row_major.first) < kTolerance);
  CHECK(difference(narrow.second, row_major.second) < kTolerance);
  // They learnt something, unless there is only one class, whose probability is always 1.
  const std::vector<float> before = test::random_floats(narrow.parameters.size(), 64, 0.5f);
  const bool certain = c.spec.loss == Loss::kCrossEntropy && c.spec.output_size() == 1;
  CHECK((certain || difference(narrow.parameters, before) > 1e-4));
}

/// Coefficients with which a gradient that is only rounding stays small: without an epsilon Adam
/// would make it a full step.
OptimizerSpec optimizer_of(OptimizerKind kind) {
  OptimizerSpec optimizer;
  optimizer.kind = kind;
  optimizer.learning_rate =
      kind == OptimizerKind::kAdam || kind == OptimizerKind::kAdamW ? 0.01 : 0.05;
  optimizer.epsilon = 1e-3;
  optimizer.weight_decay = kind == OptimizerKind::kAdamW ? 0.1 : 0;
  return optimizer;
}

/// Layers of tanh below an output that suits the loss.
NetworkSpec network_of(const std::vector<size_t>& sizes, Loss loss) {
  NetworkSpec spec = test::classifier(sizes, 4);
  for (LayerSpec& layer : spec.layers) layer.activation = Activation::kTanh;
  if (loss == Loss::kCrossEntropy) spec.layers.back().activation = Activation::kSoftmax;
  if (loss == Loss::kBce) spec.layers.back().activation = Activation::kSigmoid;
  spec.loss = loss;
  spec.optimizer = optimizer_of(OptimizerKind::kSgd);
  spec.seed = 17;
  return spec;
}

constexpr Activation kHidden[] = {Activation::kIdentity, Activation::kSigmoid, Activation::kTanh,
                                  Activation::kRelu, Activation::kLeakyRelu};
constexpr Loss kLosses[] = {Loss::kMse, Loss::kHalfMse, Loss::kBce, Loss::kCrossEntropy};
constexpr OptimizerKind kOptimizers[] = {OptimizerKind::kSgd, OptimizerKind::kMomentum,
                                         OptimizerKind::kMomentumEma, OptimizerKind::kAdam,
                                         OptimizerKind::kAdamW};

/// One property at a time, in a network that is narrow on every instruction set.
std::vector<Case> fixed_cases() {
  std::vector<Case> cases;
  const auto add = [&](Case c) {
    cases.push_back(c);
    c.fits = false;
    c.rows = c.batch;
    cases.push_back(c);
  };
  const NetworkSpec squared = network_of({5, 12, 7, 3}, Loss::kHalfMse);
  for (const Activation hidden : kHidden) {
    Case c{.spec = squared, .batch = 32, .rows = 75};
    for (LayerSpec& layer : c.spec.layers) layer.activation = hidden;
    for (LayerSpec& layer : c.spec.layers) layer.slope = 0.2f;
    add(c);
    c.spec.layers[0].dropout = 0.4;
    c.spec.layers[1].dropout = 0.25;
    add(c);
  }
  for (const Loss loss : kLosses) {
    // Thin panels, one that is not thin, and some after a wide one.
    for (const size_t out : {1, 3, 8, 9, 17, 33}) {
      Case c{.spec = network_of({6, 10, out}, loss), .batch = 48, .rows = 117};
      add(c);
      c.weights = true;
      if (loss == Loss::kBce || loss == Loss::kCrossEntropy) c.spec.label_smoothing = 0.1;
      add(c);
      if (loss != Loss::kCrossEntropy) continue;
      c.labels = true;
      add(c);
      c.spec.label_smoothing = 0;
      add(c);
    }
  }
  for (const OptimizerKind kind : kOptimizers) {
    Case c{.spec = squared, .batch = 16, .rows = 41};
    c.spec.optimizer = optimizer_of(kind);
    add(c);
    c.spec.l2 = 0.05;
    add(c);
  }
  Case no_bias{.spec = squared, .batch = 16, .rows = 33};
  for (LayerSpec& layer : no_bias.spec.layers) layer.use_bias = false;
  add(no_bias);
  add({.spec = network_of({1, 1}, Loss::kMse), .batch = 1, .rows = 7});
  add({.spec = network_of({70, 1}, Loss::kBce), .batch = 70, .rows = 141});
  add({.spec = network_of({3, 40, 33, 17, 1}, Loss::kMse), .batch = 16, .rows = 50});
  return cases;
}

TEST_CASE("the narrow step trains as the row-major one does, property by property") {
  for (const Kernels* kernels : supported_kernels()) {
    for (const Case& c : fixed_cases()) {
      REQUIRE(is_narrow(*kernels, c));
      check_agrees(*kernels, c);
    }
  }
}

/// Choices that are the same for the same seed.
class Choices {
 public:
  explicit Choices(uint32_t seed) : seed_(seed) {}
  size_t below(size_t bound) { return test::threefry2x32(seed_, 99, ++drawn_, 0).word[0] % bound; }
  bool one_in(size_t times) { return below(times) == 0; }
  template <typename T, size_t kSize>
  const T& among(const T (&values)[kSize]) {
    return values[below(kSize)];
  }

 private:
  uint32_t seed_, drawn_ = 0;
};

Case random_case(uint32_t seed) {
  Choices choices(seed);
  const size_t outs[] = {1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 33, 40};
  std::vector<size_t> sizes = {1 + choices.below(40)};
  for (size_t hidden = choices.below(4); hidden > 0; --hidden) {
    sizes.push_back(1 + choices.below(50));
  }
  sizes.push_back(choices.among(outs));
  const Loss loss = choices.among(kLosses);
  Case c{.spec = network_of(sizes, loss), .batch = 1 + choices.below(70), .rows = 0};
  c.rows = c.batch * (1 + choices.below(3)) + choices.below(c.batch);
  for (LayerSpec& layer : c.spec.layers) {
    const bool last = &layer == &c.spec.layers.back();
    if (!last || loss == Loss::kMse || loss == Loss::kHalfMse) {
      layer.activation = choices.among(kHidden);
    }
    layer.slope = 0.1f * static_cast<float>(choices.below(4));
    layer.use_bias = !choices.one_in(4);
    if (!last && choices.one_in(3)) layer.dropout = 0.1 * static_cast<double>(1 + choices.below(7));
  }
  const bool smooths = loss == Loss::kBce || loss == Loss::kCrossEntropy;
  if (smooths && choices.one_in(3)) c.spec.label_smoothing = 0.15;
  c.labels = loss == Loss::kCrossEntropy && choices.one_in(2);
  c.weights = choices.one_in(2);
  c.spec.optimizer = optimizer_of(choices.among(kOptimizers));
  c.spec.optimizer.nesterov = choices.one_in(2);
  if (choices.one_in(3)) c.spec.l2 = 0.03;
  c.spec.seed = seed;
  c.fits = !choices.one_in(4);
  if (!c.fits) c.rows = c.batch;
  return c;
}

TEST_CASE("the narrow step trains as the row-major one does, in random networks") {
  for (const Kernels* kernels : supported_kernels()) {
    size_t narrow = 0;
    for (uint32_t seed = 0; narrow < 60; ++seed) {
      REQUIRE(seed < 1000);
      const Case c = random_case(seed);
      if (!is_narrow(*kernels, c)) continue;
      ++narrow;
      check_agrees(*kernels, c);
    }
  }
}

}  // namespace
}  // namespace chainrule
