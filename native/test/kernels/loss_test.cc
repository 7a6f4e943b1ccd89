// Losses and their gradients at the output.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
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

struct LossCase {
  std::vector<float> targets;
  std::vector<double> row_loss;
  std::vector<float> delta;
};

LossCase run_loss(LossKernel kernel, size_t rows, size_t cols, float* output,
                  std::vector<float> targets, const std::vector<int32_t>& labels,
                  const std::vector<float>& row_scale) {
  LossCase result{std::move(targets), std::vector<double>(rows), {}};
  GuardedArray delta(rows * cols);
  kernel({.rows = rows,
          .cols = cols,
          .stride = cols,
          .output = output,
          .targets = labels.empty() ? result.targets.data() : nullptr,
          .labels = labels.empty() ? nullptr : labels.data(),
          .row_scale = row_scale.data(),
          .delta = delta.data(),
          .row_loss = result.row_loss.data()});
  result.delta.assign(delta.data(), delta.data() + rows * cols);
  return result;
}

TEST_CASE("losses and their gradients at the output") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      // So many that narrow outputs fill a vector with rows and leave some over.
      const size_t rows = kernels.float_lanes + 3;
      GuardedArray z(rows * cols);
      test::fill_random(z.data(), z.size(), 9, 10);
      std::vector<float> y = test::random_floats(rows * cols, 10);
      for (float& target : y) target = std::fabs(target);
      std::vector<float> scale = test::random_floats(rows, 11);
      for (float& factor : scale) factor = std::fabs(factor);

      const LossCase half = run_loss(kernels.half_mse, rows, cols, z.data(), y, {}, scale);
      const LossCase mean = run_loss(kernels.mse, rows, cols, z.data(), y, {}, scale);
      const LossCase bce = run_loss(kernels.sigmoid_bce, rows, cols, z.data(), y, {}, scale);
      const LossCase soft =
          run_loss(kernels.softmax_cross_entropy, rows, cols, z.data(), y, {}, scale);
      std::vector<int32_t> labels;
      for (size_t r = 0; r < rows; ++r) labels.push_back(static_cast<int32_t>((7 * r + 1) % cols));
      const LossCase hard =
          run_loss(kernels.softmax_cross_entropy, rows, cols, z.data(), {}, labels, scale);

      for (size_t r = 0; r < rows; ++r) {
        double squares = 0, cross = 0, sum_exp = 0, y_sum = 0, max = z[r * cols];
        for (size_t j = 0; j < cols; ++j) max = std::fmax(max, z[r * cols + j]);
        for (size_t j = 0; j < cols; ++j) {
          const double zj = z[r * cols + j], yj = y[r * cols + j];
          squares += (zj - yj) * (zj - yj);
          cross += std::fmax(zj, 0) - zj * yj + std::log1p(std::exp(-std::fabs(zj)));
          sum_exp += std::exp(zj - max);
          y_sum += yj;
        }
        const double log_sum = max + std::log(sum_exp);
        double soft_loss = 0;
        for (size_t j = 0; j < cols; ++j)
          soft_loss += y[r * cols + j] * (log_sum - z[r * cols + j]);
        CHECK(close(half.row_loss[r], squares / 2, 1e-5));
        CHECK(close(mean.row_loss[r], squares / static_cast<double>(cols), 1e-5));
        CHECK(close(bce.row_loss[r], cross, 1e-5));
        CHECK(close(soft.row_loss[r], soft_loss, 1e-5));
        const size_t label = static_cast<size_t>(labels[r]);
        CHECK(close(hard.row_loss[r], log_sum - z[r * cols + label], 1e-6));
        for (size_t j = 0; j < cols; ++j) {
          const size_t i = r * cols + j;
          const double p = std::exp(z[i] - log_sum), s = scale[r];
          CHECK(close(half.delta[i], s * (z[i] - y[i]), kElementwise));
          CHECK(close(mean.delta[i], s * 2 * (z[i] - y[i]) / static_cast<double>(cols),
                      kElementwise));
          CHECK(close(bce.delta[i], s * (1 / (1 + std::exp(-z[i])) - y[i]), kElementwise));
          CHECK(close(soft.delta[i], s * (p * y_sum - y[i]), 1e-5));
          CHECK(close(hard.delta[i], s * (p - (j == label ? 1 : 0)), kElementwise));
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
            run_loss(kernels.softmax_cross_entropy, 1, cols, z.data(), {}, {0}, {1});
        CHECK(close(worst.row_loss[0], 2.0 * big, 1e-6));
        for (const float share : {0.0f, 0.5f, 1.0f}) {
          std::vector<float> soft(cols, 0);
          soft[0] = 1 - share;
          soft[cols - 1] = share;
          const LossCase shared =
              run_loss(kernels.softmax_cross_entropy, 1, cols, z.data(), soft, {}, {1});
          CHECK(close(shared.row_loss[0], 2.0 * (1 - share) * big, 1e-6));
        }
        std::vector<float> target(cols, 0);
        const LossCase bce = run_loss(kernels.sigmoid_bce, 1, cols, z.data(), target, {}, {1});
        CHECK(close(bce.row_loss[0], big, 1e-6));
        std::vector<float> wrong(cols, big);
        const LossCase all = run_loss(kernels.sigmoid_bce, 1, cols, wrong.data(), target, {}, {1});
        CHECK(close(all.row_loss[0], static_cast<double>(cols) * big, 1e-6));
      }
      for (size_t lane = 0; lane < cols; ++lane) {
        std::vector<float> z(cols, 1);
        z[lane] = kNan;
        const std::vector<float> target(cols, 0.5f);
        for (const LossKernel loss :
             {kernels.softmax_cross_entropy, kernels.sigmoid_bce, kernels.half_mse, kernels.mse}) {
          CHECK(std::isnan(run_loss(loss, 1, cols, z.data(), target, {}, {1}).row_loss[0]));
        }
      }
    }
  });
}

TEST_CASE("a row that is no number spoils no other row's loss") {
  for_each_table([](const Kernels& kernels) {
    const size_t rows = kernels.float_lanes + 1;
    for (const size_t cols : {size_t{3}, size_t{40}}) {
      const std::vector<float> target(rows * cols, 0.5f), scale(rows, 1);
      for (size_t bad = 0; bad < rows; ++bad) {
        std::vector<float> z(rows * cols, 1);
        z[bad * cols + 1] = kNan;
        for (const LossKernel loss :
             {kernels.softmax_cross_entropy, kernels.sigmoid_bce, kernels.half_mse, kernels.mse}) {
          const LossCase result = run_loss(loss, rows, cols, z.data(), target, {}, scale);
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
