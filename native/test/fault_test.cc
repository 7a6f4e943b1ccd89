// Steps whose loss, gradient or result is not finite: they must change nothing, whatever it is and
// wherever it arises; and all other steps must be taken.
#include <doctest/doctest.h>

#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "model/optimizer.h"
#include "network/perceptron.h"
#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

using test::random_floats;

bool all_finite(const AlignedArray<float>& values, const ParameterLayout& layout) {
  std::vector<float> flat(layout.count);  // without the lanes beyond the last column
  flatten(layout, values, flat);
  for (const float value : flat) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

std::vector<float> flat_state(Perceptron& network) {
  std::vector<float> all;
  const auto add = [&](const AlignedArray<float>& values) {
    std::vector<float> flat(network.layout().count);
    if (values.size() > 0) flatten(network.layout(), values, flat);
    all.insert(all.end(), flat.begin(), flat.end());
  };
  add(network.state().parameters);
  for (const AlignedArray<float>& moment : network.state().moments) add(moment);
  all.push_back(static_cast<float>(network.state().step));
  return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Draws a network, its data and something extreme in one of them.
class Draw {
 public:
  explicit Draw(uint32_t seed) : random_(seed) {
    draw_spec();
    rows_ = 1 + below(40);
    inputs_ = random_floats(rows_ * spec_.input_size, seed);
    targets_ = random_floats(rows_ * spec_.output_size(), seed + 1);
    const size_t count = test::parameter_count(spec_);
    parameters_ = random_floats(count, seed + 2);
    for (size_t i = 0; i < spec_.optimizer.moments(); ++i) {
      moments_.push_back(random_floats(count, seed + 3));
      for (float& value : moments_.back()) value = value * value;
    }
    for (size_t i = below(3); i > 0; --i) spoil();
  }

  const NetworkSpec& spec() const { return spec_; }

  std::unique_ptr<Perceptron> make(const Kernels& kernels, size_t threads, bool two_passes) const {
    NetworkSpec spec = spec_;
    spec.threads = threads;
    auto network = std::make_unique<Perceptron>(spec, kernels, parameters_);
    if (two_passes) network->force_path(StepPath::kTwoPasses);
    State& state = network->state();
    for (size_t i = 0; i < moments_.size(); ++i) {
      unflatten(network->layout(), moments_[i], state.moments[i]);
    }
    state.is_tame = false;
    return network;
  }
  Samples samples() const { return {rows_, inputs_.data(), targets_.data()}; }

 private:
  size_t below(size_t n) { return random_() % n; }
  double power_of_ten(int from, int to) {
    return std::pow(10.0, from + static_cast<int>(below(static_cast<size_t>(to - from + 1))));
  }

  void draw_spec() {
    constexpr Activation kHidden[] = {Activation::kIdentity, Activation::kRelu, Activation::kTanh,
                                      Activation::kGelu, Activation::kSelu};
    constexpr Loss kLosses[] = {Loss::kMse, Loss::kHalfMse, Loss::kAbsolute, Loss::kHuber};
    spec_ = NetworkSpec{};
    spec_.input_size = 1 + below(60);
    for (size_t l = 1 + below(4); l > 0; --l) {
      const Activation activation = l == 1 ? Activation::kIdentity : kHidden[below(5)];
      spec_.layers.push_back({1 + below(40), activation, 0, below(4) > 0});
      if (l > 1 && below(4) == 0) spec_.layers.back().dropout = 0.5;
      if (below(5) == 0) spec_.layers.back().weight_factors.learning_rate = power_of_ten(-2, 2);
    }
    spec_.loss = kLosses[below(4)];
    if (spec_.loss == Loss::kHuber) spec_.loss_parameters = {1};
    spec_.l2 = below(4) == 0 ? power_of_ten(-3, 37) : 0;
    if (below(4) == 0) spec_.input_scale = TensorFactors{};
    OptimizerSpec& optimizer = spec_.optimizer;
    optimizer.kind = static_cast<OptimizerKind>(below(kOptimizerCount));
    optimizer.learning_rate = below(3) == 0 ? power_of_ten(-3, 38) : 0.01;
    optimizer.clip_norm = below(3) == 0 ? power_of_ten(-3, 38) : 0;
    optimizer.nesterov = below(2) == 0;
    optimizer.momentum = below(2) == 0 ? 0.9 : 0.999999;
    if (optimizer.kind == OptimizerKind::kRmsprop && below(2) == 0) optimizer.momentum = 0;
    optimizer.centered = below(2) == 0;
    optimizer.epsilon = below(3) == 0 ? power_of_ten(-37, 2) : 1e-8;
    optimizer.epsilon_inside_sqrt = below(2) == 0;
    optimizer.weight_decay = below(3) == 0 ? power_of_ten(-3, 5) : 0;
    spec_.seed = static_cast<uint32_t>(below(1000));
    // Over tiles where the kernels' panels are a block wide, otherwise float32.
    spec_.precision = static_cast<Precision>(below(3));
    spec_.products = ProductsDemand::kEmulated;
  }

  void spoil() {
    constexpr float kExtremes[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, 1e30f, -1e20f};
    const float extreme =
        below(2) == 0 ? kExtremes[below(7)] : static_cast<float>(power_of_ten(0, 38));
    std::vector<float>* const arrays[] = {&inputs_, &targets_, &parameters_,
                                          moments_.empty() ? &parameters_ : &moments_.back()};
    std::vector<float>& array = *arrays[below(4)];
    if (below(4) == 0) {
      // All of them large: sums overflow that no term does.
      const float scale = static_cast<float>(power_of_ten(10, 38));
      for (float& value : array) value *= scale;
    } else {
      array[below(array.size())] = extreme;
    }
  }

  std::mt19937 random_;
  NetworkSpec spec_;
  size_t rows_;
  std::vector<float> inputs_, targets_, parameters_;
  std::vector<std::vector<float>> moments_;
};

/// The words of a step's refusal, or nothing if it was taken.
std::optional<std::string> refusal(Perceptron& network, const Samples& samples) {
  try {
    const double loss = network.train_batch(samples);
    CHECK(std::isfinite(loss));
    return std::nullopt;
  } catch (const Error& error) {
    REQUIRE(error.code() == ErrorCode::kDiverged);
    return error.what();
  }
}

TEST_CASE("a step that is not finite changes nothing; every other step is taken") {
  // Taken, by output, loss, gradient, update; over float32 and over tiles.
  std::array<std::array<size_t, 5>, 2> counts{};
  const char* const words[] = {"an output", "the loss", "a gradient", "what the optimizer"};
  const auto all = test::all_kernels();
  constexpr uint32_t kTrials = 9000;
  for (uint32_t trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    const Draw draw(trial);
    // Two thirds of the trials, of less precision, by kernels that may have tiles.
    const bool exact = draw.spec().precision == Precision::kFloat32;
    const Kernels& kernels = *(exact ? all[trial % all.size()] : supported_kernels().front());
    const bool two_passes = trial % 5 == 0 || draw.spec().optimizer.clip_norm > 0;
    std::optional<std::string> words_of_one;
    std::vector<float> after_one;
    for (const size_t threads : {1, 3}) {
      const auto holder = draw.make(kernels, threads, two_passes);
      Perceptron& network = *holder;
      for (int step = 0; step < 3; ++step) {
        const std::vector<float> before = flat_state(network);
        const std::optional<std::string> refused = refusal(network, draw.samples());
        if (refused) {
          CHECK(same_bits(flat_state(network), before));
        } else {
          CHECK(all_finite(network.state().parameters, network.layout()));
          for (const AlignedArray<float>& moment : network.state().moments) {
            if (moment.size() > 0) CHECK(all_finite(moment, network.layout()));
          }
        }
        if (step > 0) continue;
        if (threads == 1) {
          words_of_one = refused;
          after_one = flat_state(network);
          size_t kind = 0;
          while (refused && refused->find(words[kind]) != 0) ++kind;
          ++counts[network.products().tiles != nullptr][refused ? 1 + kind : 0];
        }
        CHECK(refused == words_of_one);
        CHECK(same_bits(flat_state(network), after_one));
      }
    }
  }
  const bool has_tiles = supported_kernels().front()->panels.width() == kBlock;
  for (const size_t count : counts[0]) CHECK(count >= 5);
  for (const size_t count : counts[1]) CHECK(count >= (has_tiles ? 15 : 0));
}

TEST_CASE("a step is refused only if its loss, its gradient or its result is not finite") {
  // Plain gradient descent with one weight.
  for (const float x : {1.0f, 1e10f, 1e18f, 1e19f, 1e25f, 3e38f}) {
    for (const float y : {1.0f, 1e10f, 1e19f, 3e38f}) {
      for (const double rate : {1e-30, 1e-3, 1e10, 3e38}) {
        NetworkSpec spec{};
        spec.input_size = 1;
        spec.layers = {{1, Activation::kIdentity, 0, false}};
        spec.loss = Loss::kHalfMse;
        spec.optimizer.kind = OptimizerKind::kSgd;
        spec.optimizer.learning_rate = rate;
        const float weight = 1e-10f;
        Perceptron network(spec, *supported_kernels().front(), {&weight, 1});
        const float error = weight * x - y;
        const float gradient = error * x;
        const bool fine = std::isfinite(error * error) && std::isfinite(gradient) &&
                          std::isfinite(weight - static_cast<float>(rate) * gradient);
        CAPTURE(x);
        CAPTURE(y);
        CAPTURE(rate);
        CHECK(refusal(network, {1, &x, &y}).has_value() == !fine);
      }
    }
  }
}

TEST_CASE("the layer where it begins is named") {
  for (const size_t width : {5, 40}) {
    NetworkSpec spec = test::classifier({width, width, width, width, 3}, 1);
    const std::vector<float> inputs = random_floats(8 * width, 1);
    const std::vector<int32_t> labels(8, 1);
    for (size_t l = 0; l < 4; ++l) {
      Perceptron network(spec, *supported_kernels().front(),
                         std::vector<float>(test::parameter_count(spec), 0.1f));
      State& state = network.state();
      state.parameters[network.layout().layers[l].at(0, 0)] = NAN;
      const auto refused = refusal(network, {8, inputs.data(), nullptr, labels.data()});
      CHECK(refused == "an output of layer " + std::to_string(l + 1) +
                           " of 4 is NaN or infinite in step 1; no weight was changed");
    }
  }
}

TEST_CASE("a step of ordinary size is never tried out") {
  // Trying it out would show in the state: it alone finds out whether moments are tame.
  for (size_t kind = 0; kind < kOptimizerCount; ++kind) {
    NetworkSpec spec = test::classifier({30, 64, 32, 3}, 1);
    spec.optimizer.kind = static_cast<OptimizerKind>(kind);
    spec.optimizer.learning_rate = 0;  // the moments that the test sets must move no weight
    if (spec.optimizer.moments() == 0) continue;
    CAPTURE(kind);
    Perceptron network(spec, *supported_kernels().front(),
                       random_floats(test::parameter_count(spec), 1, 0.3f));
    const std::vector<float> inputs = random_floats(32 * 30, 2, 1000);
    const std::vector<int32_t> labels(32, 1);
    const Samples samples = {32, inputs.data(), nullptr, labels.data()};
    network.train_batch(samples);
    float& moment = network.state().moments[0][0];
    moment = 1e36f;  // unknown to the state
    network.train_batch(samples);
    CHECK(network.state().is_tame);
    moment = 1e36f;
    network.state().is_tame = false;
    network.train_batch(samples);
    CHECK(network.state().is_tame ==
          (info_of(spec.optimizer.kind).tame_moments(spec.optimizer)[0] > 1e36f));
    moment = 0;
    network.train_batch(samples);
    CHECK(network.state().is_tame);
  }
}

}  // namespace
}  // namespace chainrule
