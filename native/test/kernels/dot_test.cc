// Dot products: elements whose depth lies in the lanes.
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

/// (rows, depth), rows `stride` floats apart, with NaN in the gaps; it ends with the last row's
/// last number.
void fill_rows(GuardedArray& matrix, size_t rows, size_t depth, size_t stride, uint32_t what) {
  std::fill_n(matrix.data(), matrix.size(), kNan);
  for (size_t r = 0; r < rows; ++r) {
    test::fill_random(matrix.data() + r * stride, depth, what + 100 * static_cast<uint32_t>(r));
  }
}

void check_dot_products(const Kernels& kernels, size_t rows, size_t cols, size_t depth,
                        size_t gap) {
  const size_t a_stride = depth + gap, b_stride = depth + 2 * gap;
  GuardedArray a((rows - 1) * a_stride + depth);
  GuardedArray b((cols - 1) * b_stride + depth);
  GuardedArray c(rows * cols);
  fill_rows(a, rows, depth, a_stride, 41);
  fill_rows(b, cols, depth, b_stride, 42);
  std::fill_n(c.data(), c.size(), kNan);
  kernels.dot_products({rows, cols, depth, a.data(), a_stride, b.data(), b_stride, c.data()});
  for (size_t i = 0; i < c.size(); ++i) {
    const float* row = a.data() + i / cols * a_stride;
    const float* col = b.data() + i % cols * b_stride;
    double sum = 0;
    for (size_t k = 0; k < depth; ++k) {
      sum += static_cast<double>(row[k]) * static_cast<double>(col[k]);
    }
    if (!close(c[i], sum, 1e-5)) {
      FAIL_CHECK(rows << " x " << cols << " of depth " << depth << ": " << c[i] << " at " << i
                      << ", expected " << sum);
    }
  }
}

TEST_CASE("dot products of every number of columns, depth and stride, ignoring the gaps") {
  for_each_table([](const Kernels& kernels) {
    const size_t lanes = kernels.float_lanes;
    // Rows, too, are summed in groups of as many as there are lanes.
    for (const size_t rows : {size_t{1}, size_t{2}, lanes, lanes + 1, 2 * lanes + 3, size_t{65}}) {
      for (size_t cols = 1; cols <= kMostDotColumns; ++cols) {
        for (const size_t depth : {size_t{1}, lanes - 1, lanes, lanes + 3, 2 * lanes, 5 * lanes}) {
          if (depth == 0) continue;
          for (const size_t gap : {size_t{0}, size_t{1}, lanes + 5}) {
            check_dot_products(kernels, rows, cols, depth, gap);
          }
        }
      }
    }
  });
}

TEST_CASE("a NaN in a row or a column is a NaN only in its own dot products") {
  for_each_table([](const Kernels& kernels) {
    const size_t rows = kernels.float_lanes + 1, depth = kernels.float_lanes + 3;
    const size_t cols = kMostDotColumns;
    for (size_t k = 0; k < depth; ++k) {
      std::vector<float> a = test::random_floats(rows * depth, 43);
      std::vector<float> b = test::random_floats(cols * depth, 44);
      const size_t bad_row = k % rows, bad_col = k % cols;
      a[bad_row * depth + k] = kNan;
      b[bad_col * depth + k] = kNan;
      std::vector<float> c(rows * cols);
      kernels.dot_products({rows, cols, depth, a.data(), depth, b.data(), depth, c.data()});
      for (size_t i = 0; i < c.size(); ++i) {
        CHECK(std::isnan(c[i]) == (i / cols == bad_row || i % cols == bad_col));
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
