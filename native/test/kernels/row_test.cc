// Kernels with a number for each row: of a weight scaled row by row, and of its gradient.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/kernels.h"
#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::for_each_table;
using test::GuardedArray;
using test::kNan;
using test::kSizes;

constexpr size_t kRows = 5;

/// (kRows, cols), rows `stride` floats apart, with NaN in the gaps.
void fill_rows(GuardedArray& matrix, size_t cols, size_t stride, uint32_t what) {
  std::fill_n(matrix.data(), matrix.size(), kNan);
  for (uint32_t r = 0; r < kRows; ++r) {
    test::fill_random(matrix.data() + r * stride, cols, what + 100 * r);
  }
}

TEST_CASE("rows are scaled, to another array and in place, and the gaps stay as they are") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      for (const size_t gap : {0, 3}) {
        const size_t stride = cols + gap;
        const size_t size = stride * (kRows - 1) + cols;
        GuardedArray factors(kRows), x(size), y(size);
        test::fill_random(factors.data(), kRows, 61);
        fill_rows(x, cols, stride, 62);
        std::fill_n(y.data(), size, 7.0f);
        kernels.scale_rows(kRows, cols, stride, factors.data(), x.data(), y.data());
        const std::vector<float> before(x.data(), x.data() + size);
        kernels.scale_rows(kRows, cols, stride, factors.data(), x.data(), x.data());
        for (size_t i = 0; i < size; ++i) {
          const bool in_gap = i % stride >= cols;
          const float expected = factors[i / stride] * before[i];
          CHECK(y[i] == (in_gap ? 7.0f : expected));
          CHECK((in_gap ? std::isnan(x[i]) : x[i] == expected));
        }
      }
    }
  });
}

TEST_CASE("dot products of rows, with a NaN only where there is one") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      for (const size_t gap : {0, 3}) {
        const size_t stride = cols + gap;
        GuardedArray x(stride * (kRows - 1) + cols), y(x.size()), sums(kRows);
        fill_rows(x, cols, stride, 63);
        fill_rows(y, cols, stride, 64);
        kernels.row_dots(kRows, cols, stride, x.data(), y.data(), sums.data());
        for (size_t r = 0; r < kRows; ++r) {
          double sum = 0;
          for (size_t i = r * stride; i < r * stride + cols; ++i) {
            sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
          }
          CHECK(close(sums[r], sum, 1e-5));
        }
        for (size_t i = 0; i < cols; ++i) {
          const size_t bad = i % kRows;
          const float kept = x[bad * stride + i];
          x[bad * stride + i] = kNan;
          kernels.row_dots(kRows, cols, stride, x.data(), y.data(), sums.data());
          for (size_t r = 0; r < kRows; ++r) CHECK(std::isnan(sums[r]) == (r == bad));
          x[bad * stride + i] = kept;
        }
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
