// Steps whose products are over tiles of bf16, compared with those in float32.
#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "amx.h"
#include "kernels/tiles.h"
#include "plan/plan.h"
#include "runtime/error.h"
#include "support.h"
#include "trained.h"

namespace chainrule {
namespace {

using test::Case;
using test::difference;
using test::parameter_count;
using test::random_floats;
using test::train;
using test::Trained;

/// A unit that this CPU has, and a precision. The emulated one computes AMX's bits.
struct Way {
  ProductsDemand products;
  Precision precision;
  double tolerance;  // of 20 losses, relative to the largest
};

/// Empty if our kernels' panels are not as wide as a block.
std::vector<Way> ways() {
  std::vector<Way> found;
  if (supported_kernels().front()->float_lanes != kBlock / 2) return found;
  const auto add = [&](ProductsDemand products) {
    found.push_back({products, Precision::kBf16x3, 1e-4});
    found.push_back({products, Precision::kBf16, 2e-2});
  };
  add(ProductsDemand::kEmulated);
  if (tile_kernels(TileUnit::kVdpbf16) != nullptr) add(ProductsDemand::kVdpbf16);
  if (tile_kernels(TileUnit::kAmx) != nullptr) add(ProductsDemand::kAmx);
  return found;
}

template <typename Check>
void for_each_way(const Check& check) {
  for (const Way& way : ways()) {
    CAPTURE(static_cast<int>(way.products));
    CAPTURE(std::string(kPrecisions[static_cast<size_t>(way.precision)]));
    check(way);
  }
}

NetworkSpec in_way(NetworkSpec spec, const Way& way) {
  spec.precision = way.precision;
  spec.products = way.products;
  return spec;
}

/// Layers of `hidden` below an output that suits the loss.
NetworkSpec network_of(const std::vector<size_t>& sizes, Activation hidden, Loss loss) {
  NetworkSpec spec = test::classifier(sizes, 2);
  for (LayerSpec& layer : spec.layers) {
    layer.activation = hidden;
    layer.slope = 0.2f;
  }
  Activation& output = spec.layers.back().activation;
  output = Activation::kIdentity;
  if (loss == Loss::kCrossEntropy) output = Activation::kSoftmax;
  if (loss == Loss::kBce) output = Activation::kSigmoid;
  spec.loss = loss;
  spec.optimizer.epsilon = 1e-3;
  spec.seed = 17;
  return spec;
}

/// Networks whose first layer's, and whose second layer's, depth has segments.
const std::vector<size_t> kFirstCut = {150, 36, 33, 5};
const std::vector<size_t> kSecondCut = {40, 140, 66, 5};
// Of 19 blocks of bf16x3, which are 3 slices, the first segment has 9, which are one.
const std::vector<size_t> kCutIntoLongerSlices = {600, 36, 33, 5};

/// One property at a time. Panels of all widths, whole and partial blocks.
std::vector<Case> cases() {
  std::vector<Case> found;
  std::vector<size_t> sizes = {40, 33, 64, 5};
  for (const Activation hidden : {Activation::kRelu, Activation::kTanh, Activation::kSigmoid,
                                  Activation::kLeakyRelu, Activation::kGelu, Activation::kSelu}) {
    found.push_back(
        {.spec = network_of(sizes, hidden, Loss::kCrossEntropy), .batch = 32, .rows = 77});
  }
  for (const Loss loss : {Loss::kMse, Loss::kBce, Loss::kCrossEntropy}) {
    for (const size_t batch : {1, 31, 32, 33, 64}) {
      for (const size_t out : {1, 10, 20, 33}) {
        if (loss == Loss::kCrossEntropy && out == 1) continue;
        found.push_back({.spec = network_of({20, 64, out}, Activation::kRelu, loss),
                         .batch = batch,
                         .rows = batch,
                         .weights = batch == 33,
                         .fits = false});
      }
    }
  }
  const auto add = [&](const auto& change) {
    Case c{.spec = network_of(sizes, Activation::kTanh, Loss::kCrossEntropy),
           .batch = 48,
           .rows = 100,
           .labels = true};
    change(c.spec);
    found.push_back(c);
  };
  for (const std::vector<size_t>& layers : {sizes, kFirstCut, kSecondCut}) {
    sizes = layers;
    add([](NetworkSpec& spec) { spec.layers[0].dropout = spec.layers[1].dropout = 0.3; });
    add([](NetworkSpec& spec) { spec.l2 = 0.05; });
    add([](NetworkSpec& spec) { spec.optimizer.clip_norm = 0.05; });
    add([](NetworkSpec& spec) { spec.label_smoothing = 0.1; });
    add([](NetworkSpec& spec) { spec.input_scale = TensorFactors{.learning_rate = 2}; });
    add([](NetworkSpec& spec) { spec.layers[1].bias_factors.learning_rate = 0.1; });
    add([](NetworkSpec& spec) {
      for (LayerSpec& layer : spec.layers) layer.use_bias = false;
    });
    add([](NetworkSpec& spec) { spec.layers[0].activation = Activation::kRelu; });
  }
  sizes = kCutIntoLongerSlices;
  add([](NetworkSpec& spec) { spec.layers[0].activation = Activation::kRelu; });
  return found;
}

TEST_CASE("steps over tiles lose as steps in float32 do, as closely as their precision") {
  for_each_way([](const Way& way) {
    for (Case c : cases()) {
      CAPTURE(test::name_of(c));
      const Trained float32 = train(*supported_kernels().front(), c, std::nullopt);
      c.spec = in_way(c.spec, way);
      const Trained tiles = train(*supported_kernels().front(), c, std::nullopt);
      CHECK(difference(float32.losses, tiles.losses) < way.tolerance);
      CHECK(difference(float32.losses, tiles.losses) > 0);
    }
  });
}

TEST_CASE("steps over AMX's tiles have the bits of emulated ones") {
  if (!test::has_amx_or_skips()) return;
  REQUIRE(tile_kernels(TileUnit::kAmx) != nullptr);
  for (const Precision precision : {Precision::kBf16x3, Precision::kBf16}) {
    for (Case c : cases()) {
      // Those in a fit have one property each.
      if (!c.fits) continue;
      CAPTURE(test::name_of(c));
      c.spec = in_way(c.spec, {ProductsDemand::kEmulated, precision, 0});
      const Trained emulated = train(*supported_kernels().front(), c, std::nullopt);
      c.spec.products = ProductsDemand::kAmx;
      const Trained amx = train(*supported_kernels().front(), c, std::nullopt);
      CHECK(amx.parameters == emulated.parameters);
      CHECK(amx.second == emulated.second);
      CHECK(amx.losses == emulated.losses);
    }
  }
}

TEST_CASE("steps over AMX's tiles have the bits of emulated ones on 1, 2 and 3 threads") {
  if (!test::has_amx_or_skips()) return;
  for (const Precision precision : {Precision::kBf16x3, Precision::kBf16}) {
    const auto train_on = [&](size_t threads, ProductsDemand products) {
      std::vector<std::vector<float>> found;
      for (const auto& sizes : {{70, 64, 40, 5}, kFirstCut, kSecondCut}) {
        NetworkSpec spec = network_of(sizes, Activation::kRelu, Loss::kCrossEntropy);
        spec.threads = threads;
        const Case c{.spec = in_way(spec, {products, precision, 0}), .batch = 64, .rows = 120};
        found.push_back(train(*supported_kernels().front(), c, std::nullopt).parameters);
      }
      return found;
    };
    const auto emulated = train_on(1, ProductsDemand::kEmulated);
    for (const size_t threads : {1, 2, 3}) {
      CAPTURE(threads);
      CHECK(train_on(threads, ProductsDemand::kAmx) == emulated);
    }
  }
}

/// Parameters after two steps on a batch of 520 rows, whose last block is a partial one.
std::vector<float> after_two_steps(const NetworkSpec& spec) {
  constexpr size_t kRows = 520;
  const std::vector<float> inputs = random_floats(kRows * spec.input_size, 61);
  const std::vector<float> targets = random_floats(kRows * spec.output_size(), 62);
  const Samples samples = {kRows, inputs.data(), targets.data(), nullptr, nullptr};
  std::vector<float> parameters = random_floats(parameter_count(spec), 64, 0.1f);
  Network network(spec, *supported_kernels().front(), parameters);
  for (int step = 0; step < 2; ++step) network.train_batch(samples);
  network.get_parameters(parameters);
  return parameters;
}

TEST_CASE(
    "steps whose depth is cut, for a few panels in turn, are right on any number of threads") {
  NetworkSpec spec = network_of({8, 640, 330, 3}, Activation::kRelu, Loss::kMse);
  const std::vector<float> float32 = after_two_steps(spec);
  std::vector<float> emulated[2];
  for_each_way([&](const Way& way) {
    const Kernels& kernels = *supported_kernels().front();
    spec = in_way(spec, way);
    const ParameterLayout layout = make_parameter_layout(spec, kernels.panels);
    const Products products = choose_products(spec, layout, kernels);
    const Plan plan = make_plan(spec, layout, 520, StepPath::kFused, products);
    if (way.products != ProductsDemand::kVdpbf16) {
      CHECK(plan.slices_of(640) > 1);
      CHECK(plan.panels_in_turn(640) == 4);  // of 11
    }
    // AMX has the bits of the emulated unit, VDPBF16PS others.
    std::vector<float> own;
    const bool is_vdpbf16 = way.products == ProductsDemand::kVdpbf16;
    std::vector<float>& first = is_vdpbf16 ? own : emulated[way.precision == Precision::kBf16];
    for (const size_t threads : {1, 3}) {
      CAPTURE(threads);
      spec.threads = threads;
      const std::vector<float> tiles = after_two_steps(spec);
      // Adam's first steps are as long for a small gradient as for a large one.
      CHECK(difference(float32, tiles) < std::fmax(way.tolerance, 1e-3));
      if (first.empty()) first = tiles;
      CHECK(tiles == first);
    }
  });
}

TEST_CASE("a step over tiles is the same if it stores its gradients before the update") {
  for_each_way([](const Way& way) {
    for (const auto& sizes : {{70, 40, 64, 3}, kFirstCut, kSecondCut}) {
      const NetworkSpec spec = network_of(sizes, Activation::kRelu, Loss::kMse);
      const Case c{.spec = in_way(spec, way), .batch = 40, .rows = 100};
      const Trained fused = train(*supported_kernels().front(), c, StepPath::kFused);
      const Trained two_passes = train(*supported_kernels().front(), c, StepPath::kTwoPasses);
      CHECK(fused.parameters == two_passes.parameters);
      CHECK(fused.losses == two_passes.losses);
    }
  });
}

/// Networks whose first layer's and third layer's depths have segments.
std::vector<NetworkSpec> cut_networks() {
  std::vector<NetworkSpec> found;
  const auto add = [&](Activation hidden, const auto& change) {
    NetworkSpec spec = network_of({300, 70, 140, 66, 10}, hidden, Loss::kCrossEntropy);
    change(spec);
    found.push_back(spec);
  };
  add(Activation::kRelu, [](NetworkSpec& spec) { spec.l2 = 1e-3; });
  add(Activation::kRelu, [](NetworkSpec& spec) { spec.optimizer.clip_norm = 0.1; });
  add(Activation::kTanh, [](NetworkSpec& spec) {
    spec.input_scale = TensorFactors{.learning_rate = 2};
    spec.layers[0].dropout = spec.layers[2].dropout = 0.3;
  });
  add(Activation::kGelu, [](NetworkSpec& spec) {
    for (LayerSpec& layer : spec.layers) layer.use_bias = false;
  });
  return found;
}

TEST_CASE("steps over tiles have the same bits on any number of threads") {
  for_each_way([](const Way& way) {
    for (NetworkSpec spec : cut_networks()) {
      CAPTURE(test::name_of(Case{.spec = spec}));
      std::optional<Trained> first;
      for (const size_t threads : {1, 2, 3, 8}) {
        CAPTURE(threads);
        spec.threads = threads;
        const Case c{.spec = in_way(spec, way), .batch = 100, .rows = 250};
        const Trained trained = train(*supported_kernels().front(), c, std::nullopt);
        if (!first) first = trained;
        CHECK(trained.parameters == first->parameters);
        CHECK(trained.second == first->second);
        CHECK(trained.losses == first->losses);
      }
    }
  });
}

TEST_CASE(
    "gradients, evaluation and predictions over tiles have the same bits on any number of "
    "threads") {
  const size_t rows = 600;  // more than pass through the network at a time
  const std::vector<float> inputs = random_floats(rows * 300, 1);
  std::vector<int32_t> labels(rows);
  for (size_t r = 0; r < rows; ++r) labels[r] = static_cast<int32_t>(r * 7 % 10);
  const Samples samples = {rows, inputs.data(), nullptr, labels.data(), nullptr};
  std::vector<uint32_t> order(rows);
  for (uint32_t r = 0; r < rows; ++r) order[r] = rows - 1 - r;
  for_each_way([&](const Way& way) {
    for (NetworkSpec spec : cut_networks()) {
      std::vector<std::vector<float>> first;
      for (const size_t threads : {1, 2, 3, 8}) {
        CAPTURE(threads);
        spec.threads = threads;
        Network network(in_way(spec, way), *supported_kernels().front(),
                        random_floats(parameter_count(spec), 4, 0.2f));
        std::vector<float> gradients(network.parameter_count()), d_inputs(rows * 300);
        std::vector<float> outputs(rows * 10), predicted(rows * 10);
        network.loss_and_gradients(samples, gradients, d_inputs.data());
        network.evaluate(samples, order, outputs.data());
        network.predict(inputs.data(), rows, predicted.data());
        const std::vector<std::vector<float>> found = {gradients, d_inputs, outputs, predicted};
        if (first.empty()) first = found;
        CHECK(found == first);
      }
    }
  });
}

TEST_CASE(
    "gradients, also of the inputs, evaluation and predictions over tiles are close to float32's") {
  const size_t rows = 37;
  const size_t in = 200;  // in segments
  const NetworkSpec spec = network_of({in, 50, 33, 6}, Activation::kTanh, Loss::kMse);
  const std::vector<float> inputs = test::random_floats(rows * in, 1);
  const std::vector<float> targets = test::random_floats(rows * 6, 2);
  const Samples samples = {rows, inputs.data(), targets.data(), nullptr, nullptr};
  const auto results_of = [&](const NetworkSpec& one) {
    Network network(one, *supported_kernels().front(),
                    test::random_floats(test::parameter_count(one), 4, 0.2f));
    const size_t count = network.parameter_count();
    std::vector<float> gradients(count), d_inputs(rows * in), outputs(rows * 6),
        predicted(rows * 6);
    std::vector<uint32_t> order(rows);
    for (uint32_t r = 0; r < rows; ++r) order[r] = r;
    const double loss = network.loss_and_gradients(samples, gradients, d_inputs.data());
    CHECK(test::close(network.evaluate(samples, order, outputs.data()).loss, loss, 1e-12));
    network.predict(inputs.data(), rows, predicted.data());
    CHECK(predicted == outputs);
    // A row's outputs do not depend on the rows beside it.
    std::vector<float> alone(6);
    network.predict(inputs.data() + 36 * in, 1, alone.data());
    CHECK(std::equal(alone.begin(), alone.end(), predicted.begin() + 36 * 6));
    return std::vector{gradients, d_inputs, outputs};
  };
  const auto exact = results_of(spec);
  for_each_way([&](const Way& way) {
    const auto found = results_of(in_way(spec, way));
    for (size_t i = 0; i < exact.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(exact[i], found[i]) < way.tolerance);
      CHECK(difference(exact[i], found[i]) > 0);
    }
  });
}

TEST_CASE("a loss that is not finite is found over tiles, and changes nothing") {
  for_each_way([](const Way& way) {
    for (const size_t in : {8, 200}) {
      const NetworkSpec spec =
          in_way(network_of({in, 40, 3}, Activation::kIdentity, Loss::kMse), way);
      const std::vector<float> targets(3 * 2, 1);
      std::vector<float> before = test::random_floats(test::parameter_count(spec), 4);
      for (const float bad : {NAN, INFINITY, 3.4e38f}) {
        std::vector<float> inputs(in * 2, 1);
        inputs[in + 3] = bad;
        Network network(spec, *supported_kernels().front(), before);
        CHECK_THROWS_AS(network.train_batch({2, inputs.data(), targets.data(), nullptr, nullptr}),
                        Error);
        std::vector<float> after(before.size());
        network.get_parameters(after);
        CHECK(after == before);
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
