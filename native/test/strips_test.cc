// Gradients whose operand is copied into strips have the bits of those that read it in place.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support.h"
#include "trained.h"

namespace chainrule {
namespace {

using test::Case;
using test::classifier;
using test::train;
using test::Trained;

/// A table whose gradients read strips, whatever the CPU, or do not.
Kernels with_strips(const Kernels& table, bool strips) {
  Kernels kernels = table;
  kernels.panels.strip_rows = strips ? kernels.most_strip_rows : 0;
  return kernels;
}

Plan plan_of(const NetworkSpec& spec, const Kernels& kernels, size_t rows, Purpose purpose) {
  const ParameterLayout layout = make_parameter_layout(spec, kernels.panels);
  return make_plan(spec, layout, rows, choose_path(spec, layout, rows, false), {}, purpose);
}

bool has_strips(const Plan& plan) {
  return std::any_of(plan.layers.begin(), plan.layers.end(),
                     [](const LayerPlan& layer) { return layer.strips.cols > 0; });
}

/// Wide enough for strips, of the batch or of activations: one tile of dW to a panel, and several.
std::vector<NetworkSpec> networks() {
  std::vector<NetworkSpec> found;
  const auto add = [&](const std::vector<size_t>& sizes, const auto& change) {
    found.push_back(classifier(sizes, 1));
    change(found.back());
  };
  add({345, 384, 3}, [](NetworkSpec& spec) { spec.l2 = 1e-3; });
  add({13, 50, 400, 3}, [](NetworkSpec& spec) { spec.optimizer.clip_norm = 0.1; });
  add({1, 43, 384, 3}, [](NetworkSpec& spec) {
    for (LayerSpec& layer : spec.layers) layer.use_bias = false;
  });
  add({13, 60, 385, 3}, [](NetworkSpec& spec) {
    spec.layers[0].dropout = spec.layers[1].dropout = 0.3;
    spec.layers[0].activation = Activation::kGelu;
  });
  add({60, 390, 3},
      [](NetworkSpec& spec) { spec.input_scale = TensorFactors{.learning_rate = 2}; });
  return found;
}

TEST_CASE("steps with strips have the bits of those without, on any number of threads") {
  for (const Kernels* table : supported_kernels()) {
    CAPTURE(std::string(table->name));
    const Kernels kernels = with_strips(*table, true);
    const Kernels in_place = with_strips(*table, false);
    for (NetworkSpec spec : networks()) {
      // The last batch has fewer rows than the plan.
      const Case c{.spec = spec, .batch = 96, .rows = 140, .labels = true};
      CAPTURE(test::name_of(c));
      REQUIRE(has_strips(plan_of(spec, kernels, c.batch, Purpose::kTraining)));
      REQUIRE_FALSE(has_strips(plan_of(spec, in_place, c.batch, Purpose::kTraining)));
      const Trained expected = train(in_place, c, std::nullopt);
      for (const size_t threads : {1, 3}) {
        Case threaded = c;
        threaded.spec.threads = threads;
        for (const StepPath path : {StepPath::kFused, StepPath::kTwoPasses}) {
          if (spec.optimizer.clip_norm > 0 && path == StepPath::kFused) continue;
          const Trained trained = train(kernels, threaded, path);
          CHECK(trained.parameters == expected.parameters);
          CHECK(trained.second == expected.second);
          CHECK(trained.losses == expected.losses);
        }
      }
    }
  }
}

TEST_CASE("every column of an input has a place of its own in its strips") {
  for (const Kernels* table : supported_kernels()) {
    CAPTURE(std::string(table->name));
    for (const NetworkSpec& spec : networks()) {
      const Plan plan = plan_of(spec, with_strips(*table, true), 100, Purpose::kTraining);
      std::vector<bool> taken(plan.workspace_floats);
      for (const LayerPlan& layer : plan.layers) {
        const StripPlan& strips = layer.strips;
        for (size_t col = 0; strips.cols > 0 && col < layer.parameters.rows; ++col) {
          CHECK(strips.columns_from(col) <= table->most_strip_rows);
          for (size_t row = 0; row < plan.rows; ++row) {
            const size_t at = strips.at(col) + row * strips.cols;
            REQUIRE(at < plan.workspace_floats);
            REQUIRE_FALSE(taken[at]);
            taken[at] = true;
          }
        }
        for (size_t i = 0; strips.cols > 0 && i < layer.d_weight.count(); ++i) {
          CHECK((strips.at(layer.d_weight.at(i).row) - strips.offset) % strips.floats == 0);
        }
      }
    }
  }
}

TEST_CASE("small batches, narrow layers and predictions have no strips") {
  const Kernels kernels = with_strips(*supported_kernels().front(), true);
  const NetworkSpec wide = classifier({100, 400, 10}, 1);
  CHECK(has_strips(plan_of(wide, kernels, 128, Purpose::kTraining)));
  CHECK(has_strips(plan_of(wide, kernels, 128, Purpose::kGradients)));
  CHECK_FALSE(has_strips(plan_of(wide, kernels, 128, Purpose::kInference)));
  CHECK_FALSE(has_strips(plan_of(wide, kernels, 32, Purpose::kTraining)));
  const NetworkSpec narrow = classifier({400, 100, 10}, 1);
  CHECK_FALSE(has_strips(plan_of(narrow, kernels, 128, Purpose::kTraining)));
}

}  // namespace
}  // namespace chainrule
