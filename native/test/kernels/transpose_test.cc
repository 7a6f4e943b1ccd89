// Transposes, and batches gathered row-major or transposed.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

using test::for_each_table;
using test::GuardedArray;
using test::kNan;
using test::kSizes;

TEST_CASE("a batch is gathered in its order, with a 1 after every row") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      const size_t rows = 5;
      GuardedArray from(rows * cols);
      test::fill_random(from.data(), from.size(), 33);
      const std::vector<uint32_t> order = {4, 0, 4, 2, 1};
      for (const bool ordered : {false, true}) {
        // As many next rows as are gathered, fewer, more, none.
        for (const size_t next : {5, 2, 20, 0}) {
          const std::vector<uint32_t> upcoming(next, 4);
          GuardedArray to(rows * (cols + 1));
          kernels.gather({.rows = rows,
                          .cols = cols,
                          .from = from.data(),
                          .order = ordered ? order.data() : nullptr,
                          .to = to.data(),
                          .stride = cols + 1,
                          .next = upcoming});
          for (size_t r = 0; r < rows; ++r) {
            const float* row = from.data() + (ordered ? order[r] : r) * cols;
            CHECK(std::equal(row, row + cols, to.data() + r * (cols + 1)));
            CHECK(to[r * (cols + 1) + cols] == 1);
          }
        }
      }
    }
  });
}

TEST_CASE("rows gathered to their transpose, with and without an order") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      for (const size_t rows : {1, 5, 16, 33}) {
        const size_t stride =
            (rows + kernels.float_lanes - 1) / kernels.float_lanes * kernels.float_lanes;
        GuardedArray from(40 * cols);
        test::fill_random(from.data(), from.size(), 26);
        std::vector<uint32_t> order;
        for (uint32_t r = 0; r < rows; ++r) order.push_back((7 * r + 39) % 40);
        for (const bool ordered : {false, true}) {
          GuardedArray to(cols * stride);
          std::fill_n(to.data(), to.size(), kNan);
          kernels.gather_transposed({.rows = rows,
                                     .cols = cols,
                                     .from = from.data(),
                                     .order = ordered ? order.data() : nullptr,
                                     .to = to.data(),
                                     .stride = stride,
                                     .next = order});
          for (size_t i = 0; i < to.size(); ++i) {
            const size_t r = i % stride;
            const size_t row = r < rows && ordered ? order[r] : r;
            CHECK(to[i] == (r < rows ? from[row * cols + i / stride] : 0));
          }
        }
      }
    }
  });
}

TEST_CASE("a transpose, padded with zeros") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t rows : {1, 3, 4, 5, 16, 31, 32}) {
      for (const size_t cols : kSizes) {
        const size_t to_stride = (rows / kernels.float_lanes + 2) * kernels.float_lanes;
        GuardedArray from(rows * cols);
        test::fill_random(from.data(), from.size(), 25);
        GuardedArray to(cols * to_stride);
        std::fill_n(to.data(), to.size(), kNan);
        kernels.transpose(rows, cols, from.data(), cols, to.data(), to_stride);
        for (size_t i = 0; i < to.size(); ++i) {
          const size_t r = i % to_stride;
          CHECK(to[i] == (r < rows ? from[r * cols + i / to_stride] : 0));
        }
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
