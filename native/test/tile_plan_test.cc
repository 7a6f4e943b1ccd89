// Plans of steps whose products are over tiles of bf16.
#include <doctest/doctest.h>

#include <vector>

#include "kernels/tiles.h"
#include "plan/plan.h"
#include "support.h"

namespace chainrule {
namespace {

TEST_CASE(
    "the depth of a layer with far more inputs than outputs has segments, whatever the rows") {
  const auto segments_of = [](const std::vector<size_t>& sizes, size_t rows) {
    const NetworkSpec spec = test::classifier(sizes, 2);
    const ParameterLayout layout = make_parameter_layout(spec, PanelShape{16});
    const Products products = {.tiles = tile_kernels(TileUnit::kEmulated), .terms = {}};
    std::vector<size_t> counts;
    for (const LayerPlan& layer :
         make_plan(spec, layout, rows, StepPath::kFused, products).layers) {
      counts.push_back(layer.segments.count);
      if (layer.segments.count == 1) continue;
      CHECK(layer.segment(0).first == 0);
      CHECK(layer.segment(0).end == layer.segment(1).first);
      CHECK(layer.segment(1).end == layer.parameters.in);
      // Each with its own rows of the weight.
      const TileGrid& grid = layer.d_weight;
      CHECK(grid.at(grid.count() / 2).row == layer.segment(1).first);
    }
    return counts;
  };
  for (const size_t rows : {1, 33, 128}) {
    CHECK(segments_of({784, 128, 10}, rows) == std::vector<size_t>{2, 1});
    CHECK(segments_of({784, 512, 256, 10}, rows) == std::vector<size_t>{1, 2, 1});
    CHECK(segments_of({784, 1024, 1024, 10}, rows) == std::vector<size_t>{1, 1, 1});
    CHECK(segments_of({96, 8, 3}, rows) == std::vector<size_t>{1, 1});
    CHECK(segments_of({150, 36, 33, 5}, rows) == std::vector<size_t>{2, 1, 1});
    CHECK(segments_of({40, 140, 66, 5}, rows) == std::vector<size_t>{1, 2, 1});
  }
}

TEST_CASE("images that nothing reads are not made") {
  constexpr size_t kNone = ImagePlan::kNoImages;
  const NetworkSpec spec = test::classifier({150, 70, 40, 5}, 2);
  const ParameterLayout layout = make_parameter_layout(spec, PanelShape{16});
  const Products products = {.tiles = tile_kernels(TileUnit::kEmulated), .terms = {}};
  const auto plan_of = [&](StepPath path, Purpose purpose) {
    return make_plan(spec, layout, 64, path, products, purpose);
  };
  // dX of the first layer is a gradient of the inputs.
  for (const StepPath path : {StepPath::kFused, StepPath::kTwoPasses}) {
    const Plan training = plan_of(path, Purpose::kTraining);
    CHECK(training.layers[0].images.delta == kNone);
    CHECK(training.layers[1].images.delta != kNone);
    CHECK(!training.layers[0].keeps_a);
  }
  const Plan gradients = plan_of(StepPath::kTwoPasses, Purpose::kGradients);
  CHECK(gradients.layers[0].images.delta != kNone);
  CHECK(gradients.layers[0].keeps_a);
  for (const LayerPlan& layer : plan_of(StepPath::kFused, Purpose::kInference).layers) {
    CHECK(layer.images.input_transposed == kNone);
    CHECK(layer.images.delta == kNone);
    CHECK(layer.images.delta_right == kNone);
  }
}

TEST_CASE("a thread has room for the images of two slices of any product") {
  for (const Bf16Terms terms : {Bf16Terms::kOne, Bf16Terms::kTwo}) {
    const Products products = {.tiles = tile_kernels(TileUnit::kEmulated), .terms = terms};
    for (size_t in = 1; in < 3000; in += 29) {
      for (const size_t out : {7, 64, 200, 650}) {
        for (const size_t rows : {1, 128, 700}) {
          const NetworkSpec spec = test::classifier({in, out, in, out, 3}, 2);
          const ParameterLayout layout = make_parameter_layout(spec, PanelShape{16});
          const Plan plan = make_plan(spec, layout, rows, StepPath::kFused, products);
          const auto check = [&](size_t depth) {
            const size_t slices = plan.slices_of(depth);
            const size_t longest = (blocks_of(depth) + slices - 1) / slices;
            CHECK(2 * longest * image_words(terms) <= plan.panel_words);
          };
          for (const LayerPlan& layer : plan.layers) {
            check(layer.parameters.out);
            for (size_t s = 0; s < layer.segments.count; ++s) check(layer.segment(s).size());
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace chainrule
