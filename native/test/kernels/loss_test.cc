// Losses and their gradients at the output.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::for_each_table;
using test::GuardedArray;
using test::kElementwise;
using test::kNan;
using test::kSizes;

/// A loss in one of its two forms, and its tolerance for rounding.
struct LossForm {
  Loss loss;
  bool labels;
  double loss_tolerance, delta_tolerance;
};
constexpr LossForm kForms[] = {
    {Loss::kHalfMse, false, 1e-5, kElementwise},  {Loss::kMse, false, 1e-5, kElementwise},
    {Loss::kHuber, false, 1e-5, kElementwise},    {Loss::kAbsolute, false, 1e-5, kElementwise},
    {Loss::kQuantile, false, 1e-5, kElementwise}, {Loss::kBce, false, 1e-5, kElementwise},
    {Loss::kCrossEntropy, false, 1e-5, 1e-5},     {Loss::kCrossEntropy, true, 1e-6, kElementwise}};

constexpr float kDelta = 1.25;  // of kHuber

/// The quantile of column j of `cols`.
float quantile_of(size_t j, size_t cols) {
  return static_cast<float>(j + 1) / static_cast<float>(cols + 2);
}

/// The parameters of a loss for `cols` outputs, up to a guard page.
struct LossParameters : GuardedArray {
  LossParameters(Loss loss, size_t cols) : GuardedArray(info_of(loss).parameters(cols)) {
    for (size_t j = 0; j < size(); ++j) {
      (*this)[j] = loss == Loss::kQuantile ? quantile_of(j, cols) : kDelta;
    }
  }
};

constexpr Loss kAllLosses[] = {Loss::kMse,   Loss::kHalfMse,  Loss::kBce,     Loss::kCrossEntropy,
                               Loss::kHuber, Loss::kAbsolute, Loss::kQuantile};
static_assert(std::size(kAllLosses) == kLossCount);

struct LossOfRow {
  double loss = 0;
  std::vector<double> delta;  // dL/dz, not scaled
};

/// The formula in double, for a row whose label is also given as a one-hot target.
LossOfRow formula(Loss loss, size_t cols, const float* z_row, const float* y_row) {
  const std::vector<double> z(z_row, z_row + cols), y(y_row, y_row + cols);
  const double max = *std::max_element(z.begin(), z.end());
  double sum_exp = 0, y_sum = 0;
  for (size_t j = 0; j < cols; ++j) {
    sum_exp += std::exp(z[j] - max);
    y_sum += y[j];
  }
  const double log_sum = max + std::log(sum_exp);
  const double mean = loss == Loss::kMse ? 2 / static_cast<double>(cols) : 1;
  LossOfRow row;
  for (size_t j = 0; j < cols; ++j) {
    switch (loss) {
      case Loss::kHuber: {
        const double e = z[j] - y[j], size = std::fabs(e), n = static_cast<double>(cols);
        const double delta = static_cast<double>(kDelta);
        row.loss += (size <= delta ? e * e / 2 : delta * (size - delta / 2)) / n;
        row.delta.push_back((size <= delta ? e : std::copysign(delta, e)) / n);
        break;
      }
      case Loss::kAbsolute: {
        const double e = z[j] - y[j], n = static_cast<double>(cols);
        row.loss += std::fabs(e) / n;
        row.delta.push_back(e == 0 ? 0 : std::copysign(1 / n, e));
        break;
      }
      case Loss::kQuantile: {
        const double e = y[j] - z[j], n = static_cast<double>(cols);
        const double q = static_cast<double>(quantile_of(j, cols));
        row.loss += std::fmax(q * e, (q - 1) * e) / n;
        row.delta.push_back(e == 0 ? 0 : (e > 0 ? -q : 1 - q) / n);
        break;
      }
      case Loss::kBce:
        row.loss += std::fmax(z[j], 0) - z[j] * y[j] + std::log1p(std::exp(-std::fabs(z[j])));
        row.delta.push_back(1 / (1 + std::exp(-z[j])) - y[j]);
        break;
      case Loss::kCrossEntropy:
        row.loss += y[j] * (log_sum - z[j]);
        row.delta.push_back(std::exp(z[j] - log_sum) * y_sum - y[j]);
        break;
      default:
        row.loss += mean * (z[j] - y[j]) * (z[j] - y[j]) / 2;
        row.delta.push_back(mean * (z[j] - y[j]));
    }
  }
  return row;
}

struct LossCase {
  std::vector<float> targets;
  std::vector<double> row_loss;
  std::vector<float> delta;
};

LossCase run_loss(const Kernels& kernels, Loss loss, size_t rows, size_t cols, const float* output,
                  std::vector<float> targets, const std::vector<int32_t>& labels,
                  const std::vector<float>& row_scale) {
  LossCase result{std::move(targets), std::vector<double>(rows), {}};
  GuardedArray delta(rows * cols);
  const LossParameters parameters(loss, cols);
  kernels.loss_of(loss)({.rows = rows,
                         .cols = cols,
                         .stride = cols,
                         .output = output,
                         .targets = labels.empty() ? result.targets.data() : nullptr,
                         .labels = labels.empty() ? nullptr : labels.data(),
                         .row_scale = row_scale.data(),
                         .delta = delta.data(),
                         .row_loss = result.row_loss.data(),
                         .parameters = parameters.data()});
  result.delta.assign(delta.data(), delta.data() + rows * cols);
  return result;
}

/// Logits or activations z, with targets or labels, of `rows` samples with different weights.
struct LossProblem {
  LossProblem(size_t rows, size_t cols, bool with_labels)
      : rows(rows),
        cols(cols),
        z(rows * cols),
        y(test::random_floats(rows * cols, 10)),
        scale(test::random_floats(rows, 11)) {
    test::fill_random(z.data(), z.size(), 9, 10);
    for (float& target : y) target = std::fabs(target);
    for (float& factor : scale) factor = std::fabs(factor);
    if (!with_labels) return;
    std::fill(y.begin(), y.end(), 0.0f);
    for (size_t r = 0; r < rows; ++r) {
      const size_t label = (7 * r + 1) % cols;
      labels.push_back(static_cast<int32_t>(label));
      y[r * cols + label] = 1;
    }
  }

  LossCase run(const Kernels& kernels, Loss loss) const {
    return run_loss(kernels, loss, rows, cols, z.data(), y, labels, scale);
  }

  void check(const LossForm& form, const LossCase& came) const {
    for (size_t r = 0; r < rows; ++r) {
      const LossOfRow expected = formula(form.loss, cols, z.data() + r * cols, y.data() + r * cols);
      CHECK(close(came.row_loss[r], expected.loss, form.loss_tolerance));
      for (size_t j = 0; j < cols; ++j) {
        CHECK(close(came.delta[r * cols + j], static_cast<double>(scale[r]) * expected.delta[j],
                    form.delta_tolerance));
      }
    }
  }

  const size_t rows, cols;
  GuardedArray z;
  std::vector<float> y;
  std::vector<int32_t> labels;
  std::vector<float> scale;
};

TEST_CASE("losses and their gradients at the output") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      for (const LossForm& form : kForms) {
        // Enough rows for narrow outputs to fill a vector, with a remainder.
        const LossProblem problem(kernels.float_lanes + 3, cols, form.labels);
        problem.check(form, problem.run(kernels, form.loss));
      }
    }
  });
}

/// The transpose (cols, stride), with `pad` in the lanes beyond the rows, up to a guard page.
void transpose_to(GuardedArray& to, const float* from, size_t rows, size_t cols, size_t stride,
                  float pad) {
  for (size_t i = 0; i < cols * stride; ++i) {
    to[i] = i % stride < rows ? from[i % stride * cols + i / stride] : pad;
  }
}

/// The same with everything transposed, and only NaN beyond the last row.
LossCase run_transposed(const Kernels& kernels, Loss loss, const LossProblem& problem,
                        size_t stride) {
  const size_t rows = problem.rows, cols = problem.cols;
  const size_t room = test::whole_vectors(kernels, rows);
  GuardedArray z(cols * stride), y(cols * stride), delta(cols * stride), scale(room);
  transpose_to(z, problem.z.data(), rows, cols, stride, kNan);
  transpose_to(y, problem.y.data(), rows, cols, stride, kNan);
  constexpr float kUntouched = -77;
  std::fill_n(delta.data(), delta.size(), kUntouched);
  std::fill_n(scale.data(), room, kNan);
  std::copy(problem.scale.begin(), problem.scale.end(), scale.data());
  std::vector<int32_t> labels = problem.labels;
  labels.resize(room, -1);
  std::vector<double> row_loss(room);
  const LossParameters parameters(loss, cols);
  kernels.loss_of(loss)({.rows = rows,
                         .cols = cols,
                         .transposed = true,
                         .stride = stride,
                         .output = z.data(),
                         .targets = problem.labels.empty() ? y.data() : nullptr,
                         .labels = problem.labels.empty() ? nullptr : labels.data(),
                         .row_scale = scale.data(),
                         .delta = delta.data(),
                         .row_loss = row_loss.data(),
                         .parameters = parameters.data()});
  row_loss.resize(rows);
  LossCase result{{}, row_loss, std::vector<float>(rows * cols)};
  for (size_t i = 0; i < delta.size(); ++i) {
    const size_t r = i % stride, j = i / stride;
    if (r < rows) result.delta[r * cols + j] = delta[i];
    if (r >= room) CHECK(delta[i] == kUntouched);
  }
  return result;
}

TEST_CASE("losses of a transposed output equal the output's, whatever lies beyond its rows") {
  for_each_table([](const Kernels& kernels) {
    const size_t lanes = kernels.float_lanes;
    for (const size_t cols : kSizes) {
      for (const size_t rows : {size_t{1}, lanes, lanes + 1, 3 * lanes - 1}) {
        const size_t room = test::whole_vectors(kernels, rows);
        for (const size_t stride : {room, room + 2 * lanes}) {
          for (const LossForm& form : kForms) {
            const LossProblem problem(rows, cols, form.labels);
            const LossCase came = run_transposed(kernels, form.loss, problem, stride);
            problem.check(form, came);
            // Up to this many columns the rows are in the lanes in both layouts.
            if (cols > 32) continue;
            const LossCase row_major = problem.run(kernels, form.loss);
            CAPTURE(cols);
            CAPTURE(rows);
            CHECK(came.row_loss == row_major.row_loss);
            CHECK(came.delta == row_major.delta);
          }
        }
      }
    }
  });
}

TEST_CASE("losses of extreme logits are finite, and a NaN logit makes the loss NaN") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : {kernels.float_lanes + 1, 2 * kernels.float_lanes + 33}) {
      for (const float big : {100.0f, 1e4f, 1e30f, 3.4e38f}) {
        std::vector<float> z(cols, -big);
        z[cols - 1] = big;
        const LossCase worst =
            run_loss(kernels, Loss::kCrossEntropy, 1, cols, z.data(), {}, {0}, {1});
        CHECK(close(worst.row_loss[0], 2.0 * big, 1e-6));
        for (const float share : {0.0f, 0.5f, 1.0f}) {
          std::vector<float> soft(cols, 0);
          soft[0] = 1 - share;
          soft[cols - 1] = share;
          const LossCase shared =
              run_loss(kernels, Loss::kCrossEntropy, 1, cols, z.data(), soft, {}, {1});
          CHECK(close(shared.row_loss[0], 2.0 * (1 - share) * big, 1e-6));
        }
        std::vector<float> target(cols, 0);
        const LossCase bce = run_loss(kernels, Loss::kBce, 1, cols, z.data(), target, {}, {1});
        CHECK(close(bce.row_loss[0], big, 1e-6));
        std::vector<float> wrong(cols, big);
        const LossCase all = run_loss(kernels, Loss::kBce, 1, cols, wrong.data(), target, {}, {1});
        CHECK(close(all.row_loss[0], static_cast<double>(cols) * big, 1e-6));
      }
      for (size_t lane = 0; lane < cols; ++lane) {
        std::vector<float> z(cols, 1);
        z[lane] = kNan;
        const std::vector<float> target(cols, 0.5f);
        for (const Loss loss : kAllLosses) {
          const LossCase came = run_loss(kernels, loss, 1, cols, z.data(), target, {}, {1});
          CHECK(std::isnan(came.row_loss[0]));
          CHECK(std::isnan(came.delta[lane]));
        }
      }
    }
  });
}

TEST_CASE("at the kink of a loss the derivative is 0") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : {size_t{3}, size_t{40}}) {
      const size_t rows = kernels.float_lanes + 1;
      const std::vector<float> same(rows * cols, 0.3f), scale(rows, 1);
      for (const Loss loss : {Loss::kAbsolute, Loss::kQuantile}) {
        const LossCase came = run_loss(kernels, loss, rows, cols, same.data(), same, {}, scale);
        CHECK(came.row_loss == std::vector<double>(rows, 0));
        CHECK(came.delta == std::vector<float>(rows * cols, 0));
      }
    }
  });
}

TEST_CASE("a row of NaN does not affect another row's loss") {
  for_each_table([](const Kernels& kernels) {
    const size_t rows = kernels.float_lanes + 1;
    for (const size_t cols : {size_t{3}, size_t{40}}) {
      const std::vector<float> target(rows * cols, 0.5f), scale(rows, 1);
      for (size_t bad = 0; bad < rows; ++bad) {
        std::vector<float> z(rows * cols, 1);
        z[bad * cols + 1] = kNan;
        for (const Loss loss : kAllLosses) {
          const LossCase result = run_loss(kernels, loss, rows, cols, z.data(), target, {}, scale);
          for (size_t r = 0; r < rows; ++r) {
            CHECK(std::isnan(result.row_loss[r]) == (r == bad));
            for (size_t j = 0; j < cols; ++j) {
              if (r != bad) CHECK(std::isfinite(result.delta[r * cols + j]));
            }
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
