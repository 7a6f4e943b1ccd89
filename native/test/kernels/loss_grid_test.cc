// Losses over a grid of outputs up to the largest float, in every digit.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

constexpr float kGrid[] = {0.0f,  1e-30f, 1e-7f, 0.5f, 1.0f,  3.7f,  16.6f,  17.0f,
                           50.0f, 87.0f,  104,   1e4f, 1e16f, 1e30f, FLT_MAX};
constexpr size_t kColumns[] = {1, 2, 3, 7, 32, 40};
constexpr long double kUnits = 4;
constexpr float kHuberDelta = 1.25f;

/// Rows of outputs, with labels, or targets of which `targets` are taken in turn.
struct Grid {
  Loss loss;
  size_t cols;
  std::vector<float> targets;  // empty: labels
};

struct Rows {
  size_t count = 0;
  std::vector<float> outputs, targets, parameters;
  std::vector<int32_t> labels;
};

/// Every pair of numbers of the grid as the first two columns, the others all like the second or
/// from the grid in turn.
Rows rows_of(const Grid& grid) {
  std::vector<float> numbers(std::begin(kGrid), std::end(kGrid));
  for (const float number : kGrid) {
    if (number > 0) numbers.push_back(-number);
  }
  Rows rows;
  for (size_t a = 0; a < numbers.size(); ++a) {
    for (size_t b = 0; b < numbers.size(); ++b) {
      for (const bool in_turn : {false, true}) {
        for (size_t c = 0; c < grid.cols; ++c) {
          const size_t i = c == 0 ? a : in_turn && c > 1 ? (a + 5 * c) % numbers.size() : b;
          rows.outputs.push_back(numbers[i]);
          if (grid.targets.empty()) continue;
          rows.targets.push_back(grid.targets[(rows.count + c) % grid.targets.size()]);
        }
        if (grid.targets.empty()) {
          rows.labels.push_back(static_cast<int32_t>(rows.count % std::min<size_t>(grid.cols, 3)));
        }
        ++rows.count;
      }
    }
  }
  for (size_t c = 0; c < info_of(grid.loss).parameters(grid.cols); ++c) {
    constexpr float kQuantiles[] = {0.5f, 0.001f, 0.9f};
    rows.parameters.push_back(grid.loss == Loss::kHuber ? kHuberDelta : kQuantiles[c % 3]);
  }
  return rows;
}

/// The loss of a row, and how much of it the differences of logits may lose as floats: each is
/// rounded by half a digit, and an exponential of it is wrong by as much.
struct Exact {
  long double loss = 0;
  long double rounded = 0;
};

Exact cross_entropy(size_t cols, const float* z, const std::vector<long double>& y) {
  const long double max = *std::max_element(z, z + cols);
  long double others = -1, moved = 0, weight = 0, linear = 0;
  for (size_t j = 0; j < cols; ++j) {
    const long double below = max - z[j];
    const long double e = std::exp(-below);
    others += e;
    moved += e * below;
    weight += y[j];
    linear += y[j] * below;
  }
  if (std::count(z, z + cols, static_cast<float>(max)) == 1) {
    others = 0;  // without the rounding of a sum with 1
    for (size_t j = 0; j < cols; ++j) others += z[j] < max ? std::exp(z[j] - max) : 0;
  }
  return {linear + weight * std::log1p(others), weight * moved / (1 + others) / (1 << 24)};
}

/// The loss of one output beyond the linear losses of classes.
long double loss_of_output(Loss loss, long double a, long double y, long double parameter) {
  const long double e = a - y, size = std::fabs(e);
  switch (loss) {
    case Loss::kBce:
      return (a < 0 ? -a * y : a * (1 - y)) + std::log1p(std::exp(-std::fabs(a)));
    case Loss::kHuber:
      return size <= parameter ? e * e / 2 : parameter * (size - parameter / 2);
    case Loss::kAbsolute:
      return size;
    case Loss::kQuantile:
      return e < 0 ? -parameter * e : (1 - parameter) * e;
    case Loss::kHalfMse:
      return e * e / 2;
    default:
      return e * e;
  }
}

Exact exact_loss(const Grid& grid, const Rows& rows, size_t row) {
  const size_t cols = grid.cols;
  const float* z = rows.outputs.data() + row * cols;
  std::vector<long double> y(cols, 0);
  for (size_t j = 0; j < cols && !grid.targets.empty(); ++j) y[j] = rows.targets[row * cols + j];
  if (grid.targets.empty()) y[static_cast<size_t>(rows.labels[row])] = 1;
  if (grid.loss == Loss::kCrossEntropy) return cross_entropy(cols, z, y);
  Exact exact;
  for (size_t j = 0; j < cols; ++j) {
    const size_t last = rows.parameters.size() - 1;
    const float parameter = rows.parameters.empty() ? 0 : rows.parameters[std::min(j, last)];
    exact.loss += loss_of_output(grid.loss, z[j], y[j], parameter);
  }
  const bool is_sum = grid.loss == Loss::kBce || grid.loss == Loss::kHalfMse;
  if (!is_sum) exact.loss /= static_cast<long double>(cols);
  return exact;
}

/// The additions that one lane sums a row by: of a few columns all, each lane having a row.
size_t additions(const Kernels& kernels, size_t cols) {
  constexpr size_t kFewColumns = 32;
  return cols <= kFewColumns ? cols : cols / kernels.float_lanes;
}

/// Whether a loss is right to four units in its last digit as a float, and half a unit for each
/// addition beyond eight. Numbers below the smallest normal one count as 0, and so may every term.
bool is_right(const Kernels& kernels, double came, const Exact& exact, const Grid& grid) {
  const long double units = kUnits + std::fmax(0, additions(kernels, grid.cols) - 8.0) / 2;
  const bool of_logits = info_of(grid.loss).takes_logits;
  const long double unit = std::ldexp(1.0L, std::ilogb(std::fmax(exact.loss, FLT_MIN)) - 23);
  const long double most = FLT_MAX - units * unit;
  // No step is taken with such a loss.
  if (!of_logits && exact.loss > most) return came > static_cast<double>(most);
  const long double flushed = 4 * FLT_MIN * static_cast<long double>(grid.cols);
  return std::fabs(came - exact.loss) <= units * unit + exact.rounded + flushed;
}

std::vector<double> run(const Kernels& kernels, const Grid& grid, const Rows& rows) {
  const std::vector<float> scale(rows.count, 1);
  std::vector<float> delta(rows.count * grid.cols);
  std::vector<double> losses(rows.count);
  kernels.loss_of(grid.loss)({.rows = rows.count,
                              .cols = grid.cols,
                              .stride = grid.cols,
                              .output = rows.outputs.data(),
                              .targets = grid.targets.empty() ? nullptr : rows.targets.data(),
                              .labels = grid.targets.empty() ? rows.labels.data() : nullptr,
                              .row_scale = scale.data(),
                              .delta = delta.data(),
                              .row_loss = losses.data(),
                              .parameters = rows.parameters.data()});
  return losses;
}

TEST_CASE("losses are right to four units in the last digit for outputs up to the largest float") {
  std::vector<Grid> grids;
  for (const size_t cols : kColumns) {
    grids.push_back({Loss::kCrossEntropy, cols, {}});
    grids.push_back({Loss::kCrossEntropy, cols, {0, 0.7f, 0.3f, 0}});
    grids.push_back({Loss::kBce, cols, {0, 1, 0.3f, 0.95f, 1}});
    for (const Loss loss :
         {Loss::kMse, Loss::kHalfMse, Loss::kHuber, Loss::kAbsolute, Loss::kQuantile}) {
      grids.push_back({loss, cols, {0, 1, -2.5f}});
    }
  }
  for (const Grid& grid : grids) {
    const Rows rows = rows_of(grid);
    std::vector<Exact> exact(rows.count);
    for (size_t r = 0; r < rows.count; ++r) exact[r] = exact_loss(grid, rows, r);
    for (const Kernels* kernels : supported_kernels()) {
      const std::vector<double> came = run(*kernels, grid, rows);
      for (size_t r = 0; r < rows.count; ++r) {
        if (is_right(*kernels, came[r], exact[r], grid)) continue;
        const std::string set = kernels->name;
        CAPTURE(set);
        CAPTURE(static_cast<int>(grid.loss));
        CAPTURE(grid.cols);
        CAPTURE(r);
        CAPTURE(rows.outputs[r * grid.cols]);
        CHECK(came[r] == static_cast<double>(exact[r].loss));
        break;
      }
    }
    CHECK(exact.size() == rows.count);
  }
}

}  // namespace
}  // namespace chainrule
