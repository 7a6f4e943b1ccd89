// Matrix products: of every shape, accumulating or overwriting, the same bits in any tile.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::for_each_gemm;
using test::for_each_table;
using test::GuardedArray;
using test::kNan;

TEST_CASE("products of every height, depth and stride, accumulating or overwriting") {
  for_each_gemm([](const Kernels& kernels) {
    for (const size_t vectors : {1, 2}) {
      const size_t width = vectors * kernels.panels.lanes;
      for (size_t rows = 1; rows <= 31; ++rows) {
        for (const size_t depth : {1, 2, 7, 64}) {
          for (const bool transposed : {false, true}) {
            const std::vector<float> a = test::random_floats(rows * depth, 21);
            const std::vector<float> b = test::random_floats(depth * (width + 1), 22);
            GuardedArray c(rows * width);
            for (const bool accumulate : {false, true}) {
              for (size_t i = 0; i < c.size(); ++i)
                c[i] = accumulate ? static_cast<float>(i) : kNan;
              kernels.multiply({.rows = rows,
                                .depth = depth,
                                .width = width,
                                .a = a.data(),
                                .a_row = transposed ? 1 : depth,
                                .a_depth = transposed ? rows : 1,
                                .b = b.data(),
                                .b_stride = width + 1,
                                .c = c.data(),
                                .c_stride = width,
                                .accumulate = accumulate});
              for (size_t i = 0; i < c.size(); ++i) {
                double sum = accumulate ? static_cast<double>(i) : 0;
                for (size_t k = 0; k < depth; ++k) {
                  const size_t at = transposed ? k * rows + i / width : i / width * depth + k;
                  sum += static_cast<double>(a[at]) *
                         static_cast<double>(b[k * (width + 1) + i % width]);
                }
                if (!close(c[i], sum, 1e-5)) FAIL_CHECK(rows << " x " << depth << " at " << i);
              }
            }
          }
        }
      }
    }
  });
}

TEST_CASE("an element of a product has the same bits in a tile of any height") {
  for_each_table([](const Kernels& kernels) {
    const size_t rows = 29, depth = 50, width = 2 * kernels.panels.lanes;
    const std::vector<float> a = test::random_floats(rows * depth, 23);
    const std::vector<float> b = test::random_floats(depth * width, 24);
    const auto product = [&](size_t first, size_t count, float* c) {
      kernels.multiply({count, depth, width, a.data() + first * depth, depth, 1, b.data(), width, c,
                        width, false});
    };
    std::vector<float> whole(rows * width), parts(rows * width);
    product(0, rows, whole.data());
    for (size_t height = 1; height < rows; ++height) {
      for (size_t row = 0; row < rows; row += height) {
        product(row, std::min(height, rows - row), parts.data() + row * width);
      }
      CHECK(parts == whole);
    }
  });
}

TEST_CASE("a product whose left operand is in strips has the bits of one in place") {
  for_each_table([](const Kernels& kernels) {
    const size_t width = 2 * kernels.panels.lanes;
    for (const size_t rows : {1, 13, 29, 57}) {
      // Such that B fits in L1, and such that it does not.
      for (const size_t depth : {1, 9, 300}) {
        const std::vector<float> a = test::random_floats(rows * depth, 33);  // (depth, rows)
        const std::vector<float> b = test::random_floats(depth * width, 34);
        std::vector<float> expected(rows * width);
        kernels.multiply({rows, depth, width, a.data(), 1, rows, b.data(), width, expected.data(),
                          width, false});
        for (size_t cols = 1; cols <= kernels.most_strip_rows; ++cols) {
          const size_t floats = cols * depth + 3;
          std::vector<float> strips((rows + cols - 1) / cols * floats, kNan);
          for (size_t row = 0; row < rows; row += cols) {
            kernels.copy(depth, std::min(cols, rows - row), a.data() + row, rows,
                         strips.data() + row / cols * floats, cols);
          }
          GuardedArray c(rows * width);
          kernels.multiply({.rows = rows,
                            .depth = depth,
                            .width = width,
                            .a = strips.data(),
                            .a_row = 1,
                            .a_depth = cols,
                            .b = b.data(),
                            .b_stride = width,
                            .c = c.data(),
                            .c_stride = width,
                            .accumulate = false,
                            .a_strip = floats});
          CHECK(std::equal(expected.begin(), expected.end(), c.data()));
        }
      }
    }
  });
}

TEST_CASE("a product that prefetches has the same bits") {
  for_each_gemm([](const Kernels& kernels) {
    const size_t width = 2 * kernels.panels.lanes;
    for (const size_t rows : {1, 5, 29}) {
      for (const size_t depth : {1, 7, 9, 100}) {
        const std::vector<float> a = test::random_floats(rows * depth, 31);
        const std::vector<float> b = test::random_floats(depth * width, 32);
        // A cache line, less than one, and more lines than the depth has steps.
        for (const size_t floats : {1, 16, 17, 4000}) {
          GuardedArray first(floats), second(floats);
          const float* arrays[] = {first.data(), second.data()};
          std::vector<float> plain(rows * width), fetching(rows * width);
          PanelProduct product = {rows,     depth, width,        a.data(), depth, 1,
                                  b.data(), width, plain.data(), width,    false};
          kernels.multiply(product);
          product.c = fetching.data();
          product.wanted = {arrays, floats};
          kernels.multiply(product);
          CHECK(fetching == plain);
        }
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
