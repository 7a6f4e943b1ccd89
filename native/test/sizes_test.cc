// Sizes at their limits and far beyond: nothing wraps, against arithmetic of 128 bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "fit/fit_spec.h"
#include "plan/plan.h"
#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr size_t kMost = (size_t{1} << 31) - 1;
constexpr int kTrials = 2000;

using Random = std::mt19937_64;

/// A size whose logarithm is uniform: mostly neither tiny nor huge.
size_t draw_size(Random& random, int most_bits) {
  const int bits = static_cast<int>(random() % static_cast<uint64_t>(most_bits)) + 1;
  return std::max<size_t>(1, random() >> (64 - bits));
}

/// One less than the quotient, itself, or one more.
size_t near(Random& random, size_t quotient) {
  return std::max<size_t>(1, quotient - 1 + random() % 3);
}

NetworkSpec network_of(size_t inputs, const std::vector<size_t>& units) {
  NetworkSpec spec{};
  spec.input_size = inputs;
  for (const size_t each : units) spec.layers.push_back({each, Activation::kRelu, 0, true});
  spec.loss = Loss::kMse;
  return spec;
}

template <typename Body>
bool is_refused(ErrorCode code, const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return true;
  }
  return false;
}

TEST_CASE("a layer has at most 2^31 - 1 parameters, whatever its sizes") {
  Random random(1);
  int accepted = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const bool at_limit = trial % 2 == 0;
    const size_t inputs = draw_size(random, at_limit ? 31 : 64);
    const size_t units = at_limit ? near(random, kMost / (inputs + 1)) : draw_size(random, 64);
    const bool fits = (Wide{inputs} + 1) * units <= kMost;
    accepted += fits ? 1 : 0;
    CAPTURE(inputs);
    CAPTURE(units);
    CHECK(is_refused(ErrorCode::kOption, [&] { validate(network_of(inputs, {units})); }) == !fits);
    // As the second layer, after one that fits.
    if (inputs > kMost / 2) continue;
    CHECK(is_refused(ErrorCode::kOption, [&] {
            validate(network_of(1, {inputs, units}));
          }) == !fits);
  }
  CHECK(accepted > kTrials / 10);
  CHECK(accepted < 9 * kTrials / 10);
}

/// Sizes of layers that validate() accepts, each near its limit or anywhere below.
NetworkSpec draw_network(Random& random) {
  const size_t inputs = draw_size(random, 30);
  std::vector<size_t> units;
  size_t in = inputs;
  for (size_t l = random() % 6 + 1; l > 0; --l) {
    const size_t most = std::max<size_t>(1, kMost / (in + 1));
    units.push_back(random() % 2 == 0 ? most : std::min(most, draw_size(random, 31)));
    in = units.back();
    if (in > kMost / 2 - 1) break;
  }
  NetworkSpec spec = network_of(inputs, units);
  validate(spec);
  return spec;
}

TEST_CASE("layouts of the largest networks are as large as all of their parameters") {
  Random random(2);
  for (int trial = 0; trial < kTrials; ++trial) {
    NetworkSpec spec = draw_network(random);
    if (trial % 2 == 0) spec.input_scale = TensorFactors{};
    const PanelShape shape = {size_t{4} << trial % 3, trial % 5 == 0};
    const ParameterLayout layout = make_parameter_layout(spec, shape);
    Wide count = spec.input_scale ? spec.input_size : 0;
    size_t end = 0;
    for (const LayerLayout& layer : layout.layers) {
      count += (Wide{layer.in} + 1) * layer.out;
      CHECK(layer.offset >= end);
      end = layer.at(layer.in, layer.out - 1) + 1;  // of the last bias
      CHECK(Wide{end} >= Wide{layer.offset} + (Wide{layer.in} + 1) * layer.out);
    }
    CHECK(Wide{layout.count} == count);
    CHECK(layout.floats >= end + layout.scale_size);
    CHECK(layout.floats < Wide{2} * 2 * shape.lanes * count + 4096);
  }
}

/// Whether every row of a matrix lies within the workspace, after what was reserved before it.
bool is_within(const Plan& plan, const Buffer& buffer, size_t cols, size_t before) {
  const Wide end = Wide{buffer.offset} + Wide{plan.rows - 1} * buffer.stride + cols + 1;
  return buffer.offset >= before && buffer.stride > cols && end <= plan.workspace_floats;
}

TEST_CASE("no activation of a plan has more than 2^31 - 1 elements, and BLAS gets no larger size") {
  Random random(3);
  int accepted = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const NetworkSpec spec = draw_network(random);
    size_t widest = spec.input_size;
    for (const LayerSpec& layer : spec.layers) widest = std::max(widest, layer.units);
    const bool at_limit = trial % 2 == 0;
    const size_t rows = at_limit ? near(random, kMost / widest) : draw_size(random, 64);
    const bool fits = Wide{rows} * widest <= kMost;
    CHECK(most_rows(spec) == kMost / widest);
    const ParameterLayout layout = make_parameter_layout(spec, {16, trial % 4 == 0});
    const StepPath path = trial % 3 == 0 ? StepPath::kTwoPasses : StepPath::kFused;
    Plan plan{};
    CAPTURE(rows);
    CAPTURE(widest);
    const bool refused =
        is_refused(ErrorCode::kOption, [&] { plan = make_plan(spec, layout, rows, path); });
    CHECK(refused == !fits);
    if (refused) continue;
    ++accepted;
    CHECK(is_within(plan, plan.inputs, spec.input_size, 0));
    size_t before = plan.inputs.offset + plan.inputs.stride * rows;
    for (const LayerPlan& layer : plan.layers) {
      const size_t out = layer.parameters.out;
      CHECK(is_within(plan, layer.a, out, before));
      CHECK(is_within(plan, layer.delta, out, layer.a.offset + layer.a.stride * rows));
      before = layer.delta.offset + layer.delta.stride * rows;
      CHECK((rows == 1 || layer.a.stride <= kMost));
    }
    CHECK((rows == 1 || plan.inputs.stride <= kMost));
  }
  CHECK(accepted > kTrials / 4);
}

TEST_CASE("BLAS does not see the stride of a single row, which may be beyond 2^31 - 1") {
  const auto tables = supported_kernels(Gemm::kOpenBlas);
  if (tables.empty()) return;
  constexpr size_t kHuge = (size_t{1} << 31) + 16;
  const float a[] = {1, 2, 3}, b[] = {4, 5};
  float c[6] = {};
  PanelProduct outer{};  // A (3, 1) is stored transposed
  outer.rows = 3;
  outer.depth = 1;
  outer.width = 2;
  outer.a = a;
  outer.a_row = 1;
  outer.a_depth = kHuge;
  outer.b = b;
  outer.b_stride = kHuge;
  outer.c = c;
  outer.c_stride = 2;
  tables.front()->multiply(outer);
  CHECK(std::vector<float>(c, c + 6) == std::vector<float>{4, 5, 8, 10, 12, 15});
  PanelProduct row{};  // a single row of A and of C
  row.rows = 1;
  row.depth = 3;
  row.width = 1;
  row.a = a;
  row.a_row = kHuge;
  row.a_depth = 1;
  row.b = a;
  row.b_stride = kHuge;
  row.b_transposed = true;
  row.c = c;
  row.c_stride = kHuge;
  tables.front()->multiply(row);
  CHECK(c[0] == 14);
}

TEST_CASE("arrays whose bytes no number has are refused, and so is an order that wraps") {
  for (const size_t size : {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8, (size_t{1} << 61) + 1}) {
    CAPTURE(size);
    CHECK(is_refused(ErrorCode::kMemory, [&] { AlignedArray<double> array(size); }));
  }
  const NetworkSpec spec = test::classifier({2, 3}, 1);
  const float inputs[2] = {};
  const int32_t label = 0;
  FitSpec fit;
  fit.training =
      std::make_shared<const Dataset>(Samples{1, inputs, nullptr, &label, nullptr}, 2, 0);
  fit.epochs = 4;
  fit.order = {0, 0, 0, 0};
  fit.order_rows = (size_t{1} << 62) + 1;  // times 4 is 4 in 64 bits
  CHECK(is_refused(ErrorCode::kShape, [&] { complete(fit, spec); }));
  fit.order_rows = 1;
  CHECK_FALSE(is_refused(ErrorCode::kShape, [&] { complete(fit, spec); }));
}

}  // namespace
}  // namespace chainrule
