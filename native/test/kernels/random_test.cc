// Random words, and the dropout masks drawn from them.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::for_each_table;
using test::GuardedArray;
using test::kElementwise;
using test::kSizes;

TEST_CASE("random words are Threefry's, from any block on and no more than requested") {
  for_each_table([](const Kernels& kernels) {
    const uint32_t key[2] = {11, 2};
    for (const size_t blocks : kSizes) {
      for (const uint32_t first : {0u, 3u, 4294967290u}) {
        std::vector<uint32_t> words(2 * blocks + 1, 77);
        kernels.random_words(key, first, 5, blocks, words.data());
        for (uint32_t b = 0; b < blocks; ++b) {
          const test::RandomBlock block = test::threefry2x32(key[0], key[1], first + b, 5);
          CHECK(words[2 * b] == block.word[0]);
          CHECK(words[2 * b + 1] == block.word[1]);
        }
        CHECK(words.back() == 77);
      }
    }
  });
}

TEST_CASE("dropout drops what Threefry says and scales the rest, wherever a tile lies") {
  for_each_table([](const Kernels& kernels) {
    const DropoutMask mask{.key = {7, 260},
                           .step = 3,
                           .by_row = 40,
                           .by_col = 1,
                           .threshold = 0x40000000u,
                           .scale = 4.0f / 3};
    const std::vector<float> in = test::random_floats(6 * 40, 18);
    for (const Tile& tile :
         {Tile{0, 6, 0, 40}, Tile{2, 3, 16, 24}, Tile{5, 1, 3, 1}, Tile{1, 2, 7, 33}}) {
      std::vector<float> out(in.size(), -9);
      const size_t corner = tile.row * 40 + tile.col;
      kernels.dropout(mask, tile, 40, in.data() + corner, out.data() + corner);
      for (size_t r = 0; r < 6; ++r) {
        for (size_t u = 0; u < 40; ++u) {
          const size_t i = r * 40 + u;
          const bool inside = r >= tile.row && r < tile.row + tile.rows && u >= tile.col &&
                              u < tile.col + tile.cols;
          const uint32_t word = test::threefry2x32(7, 260, static_cast<uint32_t>(i), 3).word[0];
          const double expected = !inside ? -9 : word < 0x40000000u ? 0 : in[i] * 4.0 / 3;
          CHECK(close(out[i], expected, kElementwise));
        }
      }
    }
  });
}

TEST_CASE("dropout of a transpose is the transpose of dropout, bit for bit") {
  for_each_table([](const Kernels& kernels) {
    const size_t lanes = kernels.float_lanes;
    for (const size_t units : kSizes) {
      for (const size_t rows : {size_t{1}, lanes, lanes + 1, size_t{37}}) {
        DropoutMask mask{.key = {7, 516},
                         .step = 9,
                         .by_row = static_cast<uint32_t>(units),
                         .by_col = 1,
                         .threshold = 0x60000000u,
                         .scale = 1.6f};
        const std::vector<float> in = test::random_floats(rows * units, 19);
        std::vector<float> out(in.size());
        kernels.dropout(mask, {0, rows, 0, units}, units, in.data(), out.data());

        std::swap(mask.by_row, mask.by_col);
        const size_t stride = rows + 3;
        GuardedArray transposed((units - 1) * stride + rows);
        std::fill_n(transposed.data(), transposed.size(), -9.0f);
        for (size_t i = 0; i < in.size(); ++i) {
          transposed[i % units * stride + i / units] = in[i];
        }
        // In place, and in two tiles: the second begins inside the mask in both directions.
        const size_t first = units / 2, left = rows / 3;
        float* data = transposed.data();
        const auto drop = [&](const Tile& tile) {
          float* corner = data + tile.row * stride + tile.col;
          kernels.dropout(mask, tile, stride, corner, corner);
        };
        drop({0, first, 0, rows});
        drop({first, units - first, 0, left});
        drop({first, units - first, left, rows - left});
        size_t wrong = 0;
        for (size_t i = 0; i < transposed.size(); ++i) {
          const size_t r = i % stride;
          wrong += transposed[i] != (r < rows ? out[r * units + i / stride] : -9);
        }
        CAPTURE(units);
        CAPTURE(rows);
        CHECK(wrong == 0);
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
