// Activations, their derivatives and softmax; and the tables of kernels.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::derivative_of;
using test::for_each_table;
using test::GuardedArray;
using test::kElementwise;
using test::kNan;
using test::kSizes;
using test::value_of;

/// All but the row-wise ones.
std::vector<Activation> elementwise_activations() {
  std::vector<Activation> kinds;
  for (const ActivationInfo& info : kActivations) {
    if (!info.row_wise) kinds.push_back(info.kind);
  }
  return kinds;
}

TEST_CASE("the tables are those that this CPU can run, best first, and are found by name") {
  REQUIRE(supported_kernels().size() >= 1);
  CHECK(&kernels_named(nullptr) == supported_kernels().front());
  for (const Kernels* kernels : supported_kernels())
    CHECK(&kernels_named(kernels->name, Gemm::kOwn) == kernels);
  size_t lanes = std::numeric_limits<size_t>::max();
  for (const Kernels* kernels : supported_kernels()) {
    CHECK(kernels->float_lanes <= lanes);
    lanes = kernels->float_lanes;
  }
  CHECK_THROWS_AS(kernels_named("AVX9000"), Error);
}

TEST_CASE("activations are g(z), row by row of a tile") {
  for_each_table([](const Kernels& kernels) {
    for (const Activation g : elementwise_activations()) {
      for (const size_t cols : kSizes) {
        const size_t rows = 3;
        const size_t stride = cols + 5;
        const float slope = 0.2f;
        GuardedArray z(stride * (rows - 1) + cols);
        test::fill_random(z.data(), z.size(), 1, 30);
        z[0] = 0;  // the kink
        const std::vector<float> before(z.data(), z.data() + z.size());
        kernels.activation(g)(rows, cols, stride, z.data(), z.data(), slope);
        for (size_t i = 0; i < z.size(); ++i) {
          const bool inside = i % stride < cols;
          const double expected = inside ? value_of(g, before[i], slope) : before[i];
          CAPTURE(i);
          CHECK(close(z[i], expected, kElementwise));
        }
      }
    }
  });
}

TEST_CASE("extreme logits give the limits, and infinities stay apart from NaN") {
  const float extremes[] = {-std::numeric_limits<float>::infinity(),
                            -3e38f,
                            -1000,
                            -100,
                            -89,
                            -1e-40f,
                            -0.0f,
                            0,
                            1e-40f,
                            89,
                            100,
                            1000,
                            3e38f,
                            std::numeric_limits<float>::infinity()};
  for_each_table([&](const Kernels& kernels) {
    for (const Activation g : elementwise_activations()) {
      std::vector<float> z(std::begin(extremes), std::end(extremes));
      kernels.activation(g)(1, z.size(), z.size(), z.data(), z.data(), 0.1f);
      for (size_t i = 0; i < z.size(); ++i) {
        CAPTURE(extremes[i]);
        CHECK(close(z[i], value_of(g, extremes[i], 0.1f), kElementwise));
      }
    }
  });
}

TEST_CASE("a NaN stays a NaN in every lane and touches no other") {
  for_each_table([](const Kernels& kernels) {
    const size_t size = 3 * kernels.float_lanes + 1;
    for (const Activation g : elementwise_activations()) {
      for (size_t lane = 0; lane < size; ++lane) {
        std::vector<float> z = test::random_floats(size, 3);
        z[lane] = kNan;
        kernels.activation(g)(1, size, size, z.data(), z.data(), 0.1f);
        for (size_t i = 0; i < size; ++i) CHECK(std::isnan(z[i]) == (i == lane));
      }
    }
    for (size_t lane = 0; lane < size; ++lane) {
      std::vector<float> z = test::random_floats(2 * size, 4);
      z[lane] = kNan;
      kernels.activation(Activation::kSoftmax)(2, size, size, z.data(), z.data(), 0);
      for (size_t i = 0; i < z.size(); ++i) CHECK(std::isnan(z[i]) == (i < size));
    }
  });
}

TEST_CASE("derivatives multiply delta, in place") {
  for_each_table([](const Kernels& kernels) {
    for (const Activation g : elementwise_activations()) {
      for (const size_t cols : kSizes) {
        GuardedArray delta(2 * cols);
        GuardedArray a(2 * cols);
        test::fill_random(delta.data(), delta.size(), 5);
        test::fill_random(a.data(), a.size(), 6, info_of(g).needs_z ? 8 : 1);
        a[0] = 0;
        const std::vector<float> before(delta.data(), delta.data() + delta.size());
        kernels.derivative(g)(2, cols, cols, delta.data(), a.data(), 0.3f);
        for (size_t i = 0; i < delta.size(); ++i) {
          CHECK(close(delta[i], before[i] * derivative_of(g, a[i], 0.3f), kElementwise));
        }
      }
    }
  });
}

TEST_CASE("activations out of place do not change z") {
  for_each_table([](const Kernels& kernels) {
    for (const ActivationInfo& info : kActivations) {
      const std::vector<float> z = test::random_floats(37, 9, 3);
      std::vector<float> in_place = z, a(z.size());
      kernels.activation(info.kind)(1, z.size(), z.size(), z.data(), a.data(), 0.1f);
      kernels.activation(info.kind)(1, z.size(), z.size(), in_place.data(), in_place.data(), 0.1f);
      CHECK(a == in_place);
    }
  });
}

TEST_CASE("softmax and its Jacobian") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      GuardedArray a(2 * cols);
      test::fill_random(a.data(), a.size(), 7, 50);
      std::vector<double> expected(a.data(), a.data() + a.size());
      for (size_t r = 0; r < 2; ++r) {
        double sum = 0;
        for (size_t j = 0; j < cols; ++j)
          sum += expected[r * cols + j] = std::exp(expected[r * cols + j]);
        for (size_t j = 0; j < cols; ++j) expected[r * cols + j] /= sum;
      }
      kernels.activation(Activation::kSoftmax)(2, cols, cols, a.data(), a.data(), 0);
      for (size_t i = 0; i < a.size(); ++i) CHECK(close(a[i], expected[i], kElementwise));

      GuardedArray delta(2 * cols);
      test::fill_random(delta.data(), delta.size(), 8);
      const std::vector<float> before(delta.data(), delta.data() + delta.size());
      kernels.softmax_jacobian(2, cols, cols, delta.data(), a.data());
      for (size_t i = 0; i < delta.size(); ++i) {
        const size_t row = i / cols * cols;
        double mean = 0;
        for (size_t k = row; k < row + cols; ++k) mean += static_cast<double>(a[k]) * before[k];
        CHECK(close(delta[i], a[i] * (before[i] - mean), kElementwise));
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
