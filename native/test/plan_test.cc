#include "plan/plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/error.h"
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
      const Plan plan = make_plan(spec, layout, rows, choose_path(spec, layout, rows, false));
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

TEST_CASE("tiles of two bands cover a matrix exactly once, those of the first band first") {
  for (size_t band = 32; band < 600; band += 96) {
    for (const size_t left : {1, 31, 32, 33, 100}) {
      for (const size_t tile_rows : {32, 64, 352}) {
        if (left > band + 1) continue;
        const TileGrid grid = TileGrid::in_bands(band + left, 100, band, tile_rows, 32);
        check_covers(grid);
        for (size_t i = 0; i < grid.count(); ++i) {
          CHECK((grid.at(i).row < band) == (i < grid.count() / 2));
        }
      }
    }
  }
  const TileGrid grid = TileGrid::in_bands(785, 64, 416, 224, 32);
  CHECK(grid.count() == 8);
  CHECK(grid.at(1).row == 224);
  CHECK(grid.at(1).rows == 192);
  CHECK(grid.at(4).row == 416);
  CHECK(grid.at(5).rows == 145);
}

TEST_CASE("only a plan's numbers of threads depend on the number of threads") {
  const NetworkSpec one = classifier({784, 512, 256, 10}, 1);
  const NetworkSpec many = classifier({784, 512, 256, 10}, 7);
  const Plan a = make_plan(one, make_parameter_layout(one, kShape), 128, StepPath::kFused);
  const Plan b = make_plan(many, make_parameter_layout(many, kShape), 128, StepPath::kFused);
  CHECK(a.threads == 1);
  CHECK(b.threads == 7);
  CHECK(a.workspace_floats == b.workspace_floats);
  for (size_t l = 0; l < a.layers.size(); ++l) {
    CHECK(a.layers[l].forward.tile_rows() == b.layers[l].forward.tile_rows());
    CHECK(a.layers[l].d_weight.tile_rows() == b.layers[l].d_weight.tile_rows());
  }
}

TEST_CASE("what moves least between cores decides how a forward pass is divided") {
  const auto division = [](const std::vector<size_t>& sizes, size_t rows, Purpose purpose) {
    const NetworkSpec spec = classifier(sizes, 2);
    const ParameterLayout layout = make_parameter_layout(spec, kShape);
    return make_plan(spec, layout, rows, StepPath::kFused, {}, purpose)
        .layers[0]
        .forward_phase.division;
  };
  // dW reads all inputs in any case, so that half of a larger weight need not move.
  CHECK(division({784, 128, 10}, 128, Purpose::kTraining) == Division::kTiles);
  CHECK(division({784, 128, 10}, 128, Purpose::kInference) == Division::kRows);
  CHECK(division({784, 512, 10}, 128, Purpose::kTraining) == Division::kTiles);
  CHECK(division({784, 512, 10}, 128, Purpose::kInference) == Division::kTiles);
  // Not worth waiting for each other.
  CHECK(division({64, 64, 10}, 64, Purpose::kTraining) == Division::kRows);
  CHECK(division({128, 128, 10}, 128, Purpose::kTraining) == Division::kRows);
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
    NetworkSpec spec = classifier({7, 33, 16, 17, 3}, 1);
    spec.input_scale = TensorFactors{};
    const ParameterLayout layout = make_parameter_layout(spec, PanelShape{lanes});
    std::vector<int> taken(layout.floats, 0);
    for (const LayerLayout& layer : layout.layers) {
      for (size_t i = 0; i < layer.rows; ++i) {
        for (size_t o = 0; o < layer.out; ++o) ++taken.at(layer.at(i, o));
      }
    }
    CHECK(layout.scale_offset % kFloatsPerLine == 0);
    for (size_t i = 0; i < layout.scale_size; ++i) ++taken.at(layout.scale_offset + i);
    CHECK(static_cast<size_t>(std::count(taken.begin(), taken.end(), 1)) == layout.count);
    CHECK(std::count_if(taken.begin(), taken.end(), [](int times) { return times > 1; }) == 0);
  }
}

TEST_CASE("a thin panel is as wide as its columns, and a whole vector can be read at its end") {
  for (const size_t lanes : {4, 8, 16}) {
    for (size_t out = 1; out <= 5 * lanes; ++out) {
      NetworkSpec spec = classifier({3, out, 2}, 1);
      spec.layers[0].use_bias = out % 2 == 0;
      const ParameterLayout layout = make_parameter_layout(spec, PanelShape{lanes});
      const LayerLayout& layer = layout.layers[0];
      std::vector<int> taken(layout.floats, 0);
      size_t end = layer.offset;
      for (size_t col = 0; col < out; col += 2 * lanes) {
        const Panel panel = layer.panel_at(col);
        const size_t cols = std::min(2 * lanes, out - col);
        CAPTURE(lanes);
        CAPTURE(out);
        CHECK(panel.offset == end);
        CHECK(panel.cols == cols);
        CHECK(layer.is_thin(panel) == (2 * cols <= lanes));
        CHECK(panel.width == (2 * cols <= lanes ? cols : cols <= lanes ? lanes : 2 * lanes));
        for (size_t i = 0; i < layer.rows; ++i) {
          for (size_t j = 0; j < cols; ++j) {
            CHECK(layer.at(i, col + j) == panel.offset + i * panel.width + j);
            CHECK(++taken.at(layer.at(i, col + j)) == 1);
          }
        }
        end = panel.offset + layer.rows * panel.width;
      }
      CHECK(end == layer.offset + layer.floats());
      CHECK(end <= layout.layers[1].offset);
      for (const LayerLayout& each : layout.layers) {
        const size_t last_row = each.at(each.rows - 1, (each.out - 1) / (2 * lanes) * 2 * lanes);
        CHECK(last_row + lanes <= layout.floats);
      }
    }
  }
}

Plan plan_of(const NetworkSpec& spec, size_t lanes, size_t rows) {
  const ParameterLayout layout = make_parameter_layout(spec, PanelShape{lanes});
  return make_plan(spec, layout, rows, choose_path(spec, layout, rows, false));
}

/// The other losses, with the activation that goes with them.
NetworkSpec with_output(NetworkSpec spec, Loss loss, Activation output) {
  spec.loss = loss;
  spec.layers.back().activation = output;
  return spec;
}

TEST_CASE("the number of threads for some rows is that of a plan for them") {
  for (const size_t threads : {1, 2, 7}) {
    const NetworkSpec spec = classifier({784, 512, 256, 10}, threads);
    const ParameterLayout layout = make_parameter_layout(spec, kShape);
    for (const size_t rows : {1, 2, 16, 128}) {
      CHECK(threads_worth(spec, layout, rows) ==
            make_plan(spec, layout, rows, StepPath::kFused).threads);
    }
    CHECK(threads_worth(spec, layout, 1) <= threads_worth(spec, layout, 128));
  }
}

TEST_CASE("small networks with batches that fill vectors are narrow") {
  const NetworkSpec iris = classifier({4, 16, 3}, 1);
  const NetworkSpec breast_cancer =
      with_output(classifier({30, 64, 32, 1}, 1), Loss::kBce, Activation::kSigmoid);
  for (const size_t lanes : {4, 8, 16}) {
    CHECK((plan_of(iris, lanes, 16).path == StepPath::kNarrow));
    CHECK((plan_of(breast_cancer, lanes, 32).path == StepPath::kNarrow));
    CHECK_FALSE((plan_of(iris, lanes, 1).path == StepPath::kNarrow));
    CHECK_FALSE((plan_of(breast_cancer, lanes, 1).path == StepPath::kNarrow));
    CHECK_FALSE((plan_of(classifier({784, 128, 10}, 1), lanes, 128).path == StepPath::kNarrow));
    // A softmax that is not part of a loss has its columns in the lanes.
    const NetworkSpec softmax = with_output(iris, Loss::kMse, Activation::kSoftmax);
    CHECK_FALSE((plan_of(softmax, lanes, 16).path == StepPath::kNarrow));
    CHECK_FALSE(
        (plan_of(with_output(softmax, Loss::kHalfMse, Activation::kSoftmax), lanes, 16).path ==
         StepPath::kNarrow));
    CHECK((plan_of(with_output(softmax, Loss::kMse, Activation::kSigmoid), lanes, 16).path ==
           StepPath::kNarrow));
    // A scale of the inputs needs the weight's rows in order.
    NetworkSpec scaled = iris;
    scaled.input_scale = TensorFactors{};
    CHECK((plan_of(scaled, lanes, 16).path == StepPath::kFused));
    // The work of a step: 2 * rows * in.
    const NetworkSpec unit = with_output(classifier({1000, 1}, 1), Loss::kMse, Activation::kTanh);
    CHECK((plan_of(unit, lanes, 249).path == StepPath::kNarrow));
    CHECK_FALSE((plan_of(unit, lanes, 250).path == StepPath::kNarrow));
    // A product's depth: the inputs and the bias.
    NetworkSpec deep = with_output(classifier({kMostDepth, 1}, 1), Loss::kMse, Activation::kTanh);
    CHECK_FALSE((plan_of(deep, lanes, 16).path == StepPath::kNarrow));
    deep.layers[0].use_bias = false;
    CHECK((plan_of(deep, lanes, 16).path == StepPath::kNarrow));
  }
}

TEST_CASE("whether a network is narrow does not depend on threads, and narrow ones use only one") {
  for (const auto& sizes : std::vector<std::vector<size_t>>{
           {4, 16, 3}, {30, 64, 32, 1}, {13, 70, 40, 9}, {64, 128, 10}, {784, 128, 10}, {9, 1}}) {
    for (const size_t rows : {1, 16, 32, 70, 128}) {
      const Plan one = plan_of(classifier(sizes, 1), kShape.lanes, rows);
      const Plan many = plan_of(classifier(sizes, 64), kShape.lanes, rows);
      CHECK(one.path == many.path);
      CHECK(one.narrow_rows == many.narrow_rows);
      if (many.path != StepPath::kNarrow) continue;
      CHECK(many.threads == 1);
      CHECK(many.fit_threads == 1);
    }
  }
}

TEST_CASE("a narrow plan has separate room for every matrix, transposed") {
  size_t narrow = 0;
  for (const auto& sizes : std::vector<std::vector<size_t>>{
           {1, 1}, {4, 16, 3}, {30, 64, 32, 1}, {15, 15, 15}, {31, 17, 33, 9}, {3, 5, 4, 6, 2}}) {
    for (const size_t lanes : {4, 8, 16}) {
      for (size_t rows = 1; rows <= 70; ++rows) {
        NetworkSpec spec = classifier(sizes, 1);
        for (size_t l = 0; l + 1 < spec.layers.size(); l += 2) spec.layers[l].dropout = 0.5;
        const Plan plan = plan_of(spec, lanes, rows);
        if (plan.path != StepPath::kNarrow) continue;
        ++narrow;
        CAPTURE(lanes);
        CAPTURE(rows);
        CHECK(plan.narrow_rows == (rows + lanes - 1) / lanes * lanes);
        std::vector<std::pair<size_t, size_t>> places;  // each from its offset to its end
        const auto take = [&](size_t offset, size_t floats) {
          places.emplace_back(offset, offset + floats);
        };
        const auto take_matrix = [&](const Buffer& buffer, size_t cols) {
          take(buffer.offset, std::max((cols + 1) * plan.narrow_rows, rows * buffer.stride));
        };
        take_matrix(plan.inputs, spec.input_size);
        // Rounded up to a whole vector of rows, like everything in a transposed loss.
        take(plan.row_scale, plan.narrow_rows);
        take(plan.narrow_targets, spec.output_size() * plan.narrow_rows);
        for (const LayerPlan& layer : plan.layers) {
          take_matrix(layer.a, layer.parameters.out);
          take_matrix(layer.delta, layer.parameters.out);
          if (layer.dropout > 0) take_matrix(layer.dropped, layer.parameters.out);
        }
        // dW of all layers, the floats that a thin panel's last row spills into, a panel of delta.
        const LayerLayout& last = plan.layers.back().parameters;
        CHECK(last.offset + last.floats() + lanes <= plan.narrow_delta);
        CHECK(plan.narrow_delta + rows * 2 * lanes <= plan.scratch_floats);
        std::sort(places.begin(), places.end());
        for (size_t i = 0; i + 1 < places.size(); ++i) {
          CHECK(places[i].second <= places[i + 1].first);
        }
        CHECK(places.back().second <= plan.workspace_floats);
      }
    }
  }
  CHECK(narrow > 500);
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
  CHECK_THROWS_AS(make_plan(wide, make_parameter_layout(wide, kShape), kMaxElements / 1000 + 1,
                            StepPath::kFused),
                  Error);
}

}  // namespace
}  // namespace chainrule
