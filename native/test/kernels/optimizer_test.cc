// Optimizers and reductions.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

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

TEST_CASE("optimizers update a tile and nothing around it") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t used : kSizes) {
      const size_t size = used + 3;
      const std::vector<float> weight = test::random_floats(size, 11);
      const std::vector<float> first = test::random_floats(size, 12);
      std::vector<float> second = test::random_floats(size, 13);
      for (float& s : second) s = std::fabs(s);
      const std::vector<float> gradient = test::random_floats(size, 14);
      const double clip = 0.5;

      const auto run = [&](OptimizerKind kind, const Coefficients& coefficients) {
        std::vector<std::vector<float>> after = {weight, first, second};
        kernels.update_of(kind)({.size = used,
                                 .weight = after[0].data(),
                                 .moments = {after[1].data(), after[2].data(), nullptr},
                                 .d_weight = gradient.data(),
                                 .gradient_scale = static_cast<float>(clip)},
                                coefficients);
        return after;
      };
      const auto sgd = run(OptimizerKind::kSgd, {.sgd = {.step = 0.1f}});
      const auto momentum = run(OptimizerKind::kMomentum, {.momentum = {0.9f, 0.8f, 0.05f, 0.1f}});
      const auto adam = run(OptimizerKind::kAdam, {.adam = {.beta1 = 0.9f,
                                                            .beta2 = 0.99f,
                                                            .rest1 = 0.1f,
                                                            .rest2 = 0.01f,
                                                            .step = 0.02f,
                                                            .epsilon_inside = 1e-3f,
                                                            .epsilon_outside = 2e-3f,
                                                            .keep = 0.999f}});

      for (size_t i = 0; i < size; ++i) {
        CAPTURE(i);
        const double w = weight[i], m0 = first[i], s0 = second[i];
        if (i >= used) {
          for (const auto& after : {sgd, momentum, adam}) {
            CHECK(after[0][i] == weight[i]);
            CHECK(after[1][i] == first[i]);
            CHECK(after[2][i] == second[i]);
          }
          continue;
        }
        const double g = clip * gradient[i];
        CHECK(close(sgd[0][i], w - 0.1f * g, kElementwise));
        const double v = 0.9f * m0 + 0.8f * g;
        CHECK(close(momentum[1][i], v, kElementwise));
        CHECK(close(momentum[0][i], w - 0.05f * g - 0.1f * v, kElementwise));
        const double m = 0.9f * m0 + 0.1f * g, s = 0.99f * s0 + 0.01f * g * g;
        CHECK(close(adam[1][i], m, kElementwise));
        CHECK(close(adam[2][i], s, kElementwise));
        CHECK(close(adam[0][i], 0.999f * w - 0.02f * m / (std::sqrt(s + 1e-3f) + 2e-3f),
                    kElementwise));
      }
    }
  });
}

TEST_CASE("rmsprop in its four forms, as in PyTorch") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t size : kSizes) {
      for (const bool centered : {false, true}) {
        for (const double momentum : {0.0, 0.9}) {
          std::vector<float> weight = test::random_floats(size, 21);
          const std::vector<float> gradient = test::random_floats(size, 22);
          const std::vector<float> mean = test::random_floats(size, 23, 0.1f);
          std::vector<float> squares = test::random_floats(size, 24);
          for (float& s : squares) s = std::fabs(s) + 0.1f;  // no less than the mean's square
          std::vector<float> velocity = test::random_floats(size, 25);
          std::vector<float> w = weight, s = squares, u = velocity, m = mean;
          UpdateTile tile = {.size = size,
                             .weight = w.data(),
                             .moments = {s.data()},
                             .d_weight = gradient.data(),
                             .gradient_scale = 1};
          size_t next = 1;
          if (momentum > 0) tile.moments[next++] = u.data();
          if (centered) tile.moments[next] = m.data();
          kernels.update_of(OptimizerKind::kRmsprop)(
              tile, {.rmsprop = {.alpha = 0.95f,
                                 .rest = 0.05f,
                                 .epsilon = 1e-3f,
                                 .momentum = static_cast<float>(momentum),
                                 .step = 0.02f,
                                 .centered = centered}});
          for (size_t i = 0; i < size; ++i) {
            const double g = gradient[i];
            const double square_avg = 0.95 * squares[i] + 0.05 * g * g;
            const double grad_avg = 0.95 * mean[i] + 0.05 * g;
            const double avg = std::sqrt(square_avg - (centered ? grad_avg * grad_avg : 0)) + 1e-3;
            const double buffer = momentum > 0 ? momentum * velocity[i] + g / avg : g / avg;
            CHECK(close(s[i], square_avg, kElementwise));
            CHECK(close(u[i], momentum > 0 ? buffer : velocity[i], kElementwise));
            CHECK(close(m[i], centered ? grad_avg : mean[i], kElementwise));
            CHECK(close(w[i], weight[i] - 0.02 * buffer, kElementwise));
          }
        }
      }
    }
  });
}

TEST_CASE("sums over tiles") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      const size_t rows = 5, stride = cols + 2;
      GuardedArray a(stride * (rows - 1) + cols);
      test::fill_random(a.data(), a.size(), 15);
      double squares = 0;
      for (size_t j = 0; j < cols; ++j) {
        for (size_t r = 0; r < rows; ++r) {
          squares += static_cast<double>(a[r * stride + j]) * a[r * stride + j];
        }
      }
      CHECK(close(kernels.sum_of_squares(rows, cols, stride, a.data()), squares, 1e-5));
      std::vector<float> large(cols, 1e25f);
      CHECK(close(kernels.sum_of_squares(1, cols, cols, large.data()) / 1e50,
                  static_cast<double>(cols), 1e-5));
      GuardedArray y(rows * cols);
      test::fill_random(y.data(), y.size(), 16);
      const std::vector<float> before(y.data(), y.data() + y.size());
      kernels.add_scaled(rows, cols, 0.3f, a.data(), stride, y.data(), cols);
      for (size_t i = 0; i < y.size(); ++i) {
        CHECK(close(y[i], before[i] + 0.3 * a[i / cols * stride + i % cols], kElementwise));
      }
    }
  });
}

TEST_CASE("the first non-finite value is found in any place") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t size : kSizes) {
      GuardedArray x(size);
      test::fill_random(x.data(), size, 17, 3e38f);
      CHECK(kernels.first_non_finite(x.data(), size) == size);
      for (size_t i = 0; i < size; ++i) {
        for (const float bad : {kNan, HUGE_VALF, -HUGE_VALF}) {
          const float kept = x[i];
          x[i] = bad;
          CHECK(kernels.first_non_finite(x.data(), size) == i);
          x[i] = kept;
        }
      }
    }
    CHECK(kernels.first_non_finite(nullptr, 0) == 0);
  });
}

}  // namespace
}  // namespace chainrule
