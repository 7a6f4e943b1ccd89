#include "plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "error.h"
#include "support.h"

namespace chainrule {
namespace {

using test::classifier;

constexpr PanelShape kShape{16};

void check_covers(const TileGrid& grid) {
  std::vector<int> covered(grid.rows() * grid.cols(), 0);
  for (size_t i = 0; i < grid.count(); ++i) {
    const Tile tile = grid.at(i);
    REQUIRE(tile.rows > 0);
    REQUIRE(tile.cols > 0);
    for (size_t r = tile.row; r < tile.row + tile.rows; ++r) {
      for (size_t c = tile.col; c < tile.col + tile.cols; ++c) ++covered[r * grid.cols() + c];
    }
  }
  for (const int times : covered) REQUIRE(times == 1);
}

TEST_CASE("tiles cover every matrix of a plan exactly once, also for fewer rows") {
  for (const auto& sizes : std::vector<std::vector<size_t>>{{1, 1},
                                                            {4, 16, 3},
                                                            {30, 64, 32, 2},
                                                            {784, 128, 10},
                                                            {700, 513, 257, 10},
                                                            {64, 2048, 1000}}) {
    const NetworkSpec spec = classifier(sizes, 2);
    const ParameterLayout layout = make_parameter_layout(spec, kShape);
    for (const size_t rows : {1, 16, 127, 256}) {
      const Plan plan = make_plan(spec, layout, rows);
      for (const LayerPlan& layer : plan.layers) {
        check_covers(layer.forward);
        check_covers(layer.d_input);
        check_covers(layer.d_weight);
        check_covers(layer.forward.with_rows((rows + 1) / 2));
        CHECK(layer.d_weight.tile_rows() * kShape.width() <= plan.tile_floats);
        CHECK(plan.tile_floats <= plan.scratch_floats);
      }
    }
  }
}

TEST_CASE("a plan depends on the number of threads in nothing but their number") {
  const NetworkSpec one = classifier({784, 512, 256, 10}, 1);
  const NetworkSpec many = classifier({784, 512, 256, 10}, 7);
  const Plan a = make_plan(one, make_parameter_layout(one, kShape), 128);
  const Plan b = make_plan(many, make_parameter_layout(many, kShape), 128);
  CHECK(a.threads == 1);
  CHECK(b.threads == 7);
  CHECK(a.workspace_floats == b.workspace_floats);
  for (size_t l = 0; l < a.layers.size(); ++l) {
    CHECK(a.layers[l].forward.tile_rows() == b.layers[l].forward.tile_rows());
    CHECK(a.layers[l].d_weight.tile_rows() == b.layers[l].d_weight.tile_rows());
  }
}

TEST_CASE("parameters are counted as in the mathematics") {
  NetworkSpec spec = classifier({2, 3, 4, 2}, 1);
  spec.layers.back().units = 1;
  CHECK(make_parameter_layout(spec, kShape).count == 30);
  spec.layers[1].use_bias = false;
  CHECK(make_parameter_layout(spec, kShape).count == 26);
}

TEST_CASE("every parameter has a place of its own") {
  for (const size_t lanes : {1, 4, 8, 16}) {
    const ParameterLayout layout =
        make_parameter_layout(classifier({7, 33, 16, 17, 3}, 1), PanelShape{lanes});
    std::vector<int> taken(layout.floats, 0);
    for (const LayerLayout& layer : layout.layers) {
      for (size_t i = 0; i < layer.rows; ++i) {
        for (size_t o = 0; o < layer.out; ++o) ++taken.at(layer.at(i, o));
      }
    }
    CHECK(static_cast<size_t>(std::count(taken.begin(), taken.end(), 1)) == layout.count);
    CHECK(std::count_if(taken.begin(), taken.end(), [](int times) { return times > 1; }) == 0);
  }
}

TEST_CASE("what cannot be computed is refused") {
  const auto code_of = [](const NetworkSpec& spec) {
    try {
      validate(spec);
    } catch (const Error& error) {
      return static_cast<int>(error.code());
    }
    return -1;
  };
  const int option = static_cast<int>(ErrorCode::kOption);
  NetworkSpec spec = classifier({4, 3, 2}, 1);
  CHECK(code_of(spec) == -1);
  spec.layers[0].units = 0;
  CHECK(code_of(spec) == option);
  // limit - 1, limit, limit + 1 of a layer's size: (in + 1) * out
  for (const auto& [units, expected] : std::vector<std::pair<size_t, int>>{
           {kMaxElements / 5 - 1, -1}, {kMaxElements / 5, -1}, {kMaxElements / 5 + 1, option}}) {
    NetworkSpec large = classifier({4, 2}, 1);
    large.layers[0].units = units;
    CHECK(code_of(large) == expected);
  }
  NetworkSpec overflowing = classifier({4, 2}, 1);
  overflowing.input_size = ~size_t{0};
  CHECK(code_of(overflowing) == option);
  NetworkSpec hidden_softmax = classifier({4, 3, 2}, 1);
  hidden_softmax.layers[0].activation = Activation::kSoftmax;
  CHECK(code_of(hidden_softmax) == option);
  NetworkSpec misfit = classifier({4, 3, 2}, 1);
  misfit.loss = Loss::kBce;
  CHECK(code_of(misfit) == option);
  const NetworkSpec wide = classifier({4, 1000, 2}, 1);
  CHECK_THROWS_AS(make_plan(wide, make_parameter_layout(wide, kShape), kMaxElements / 1000 + 1),
                  Error);
}

}  // namespace
}  // namespace chainrule
