#include "data/epoch_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "runtime/random.h"
#include "threefry.h"

namespace chainrule {
namespace {

std::vector<uint32_t> order_of(Sampling sampling, uint32_t seed, uint32_t epoch, size_t size,
                               const std::vector<uint32_t>& rows = {}) {
  std::vector<uint32_t> order(size);
  epoch_order(*supported_kernels().front(), sampling, seed, epoch, rows, order);
  for (const Kernels* kernels : supported_kernels()) {
    std::vector<uint32_t> same(size);
    epoch_order(*kernels, sampling, seed, epoch, rows, same);
    CHECK(same == order);
  }
  return order;
}

// Random123's known answers for threefry2x32 with 20 rounds.
TEST_CASE("Threefry gives the published words") {
  const test::RandomBlock zeros = test::threefry2x32(0, 0, 0, 0);
  CHECK(zeros.word[0] == 0x6b200159u);
  CHECK(zeros.word[1] == 0x99ba4efeu);
  const test::RandomBlock ones = test::threefry2x32(~0u, ~0u, ~0u, ~0u);
  CHECK(ones.word[0] == 0x1cb996fcu);
  CHECK(ones.word[1] == 0xbb002be7u);
  const test::RandomBlock pi =
      test::threefry2x32(0x13198a2eu, 0x03707344u, 0x243f6a88u, 0x85a308d3u);
  CHECK(pi.word[0] == 0xc4923a9cu);
  CHECK(pi.word[1] == 0x483df7a0u);
}

TEST_CASE("a shuffled epoch is a permutation, the same for the same seed and epoch only") {
  for (const size_t size : {1, 2, 3, 10, 1001}) {
    std::vector<uint32_t> sorted = order_of(Sampling::kShuffle, 5, 1, size);
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < size; ++i) CHECK(sorted[i] == i);
  }
  const auto order = order_of(Sampling::kShuffle, 5, 1, 1001);
  CHECK(order == order_of(Sampling::kShuffle, 5, 1, 1001));
  CHECK(order != order_of(Sampling::kShuffle, 5, 2, 1001));
  CHECK(order != order_of(Sampling::kShuffle, 6, 1, 1001));
}

TEST_CASE("the shuffle is Fisher and Yates with word i for place i") {
  const size_t size = 14;
  std::vector<uint32_t> words(size), expected(size);
  test::for_each_random_word(3, Stream::kOrder, 7, size,
                             [&](size_t i, uint32_t word) { words[i] = word; });
  std::iota(expected.begin(), expected.end(), 0u);
  for (size_t i = size - 1; i > 0; --i) {
    std::swap(expected[i], expected[bounded_integer(words[i], static_cast<uint32_t>(i + 1))]);
  }
  CHECK(order_of(Sampling::kShuffle, 3, 7, size) == expected);
}

TEST_CASE("a listed subset is ordered within itself") {
  const std::vector<uint32_t> rows = {10, 20, 30, 40, 50};
  CHECK(order_of(Sampling::kSequential, 1, 1, 5, rows) == rows);
  for (const Sampling sampling : {Sampling::kShuffle, Sampling::kReplacement}) {
    for (const uint32_t row : order_of(sampling, 1, 1, 5, rows)) {
      CHECK(std::count(rows.begin(), rows.end(), row) == 1);
    }
  }
}

TEST_CASE("drawing with replacement is uniform") {
  const size_t size = 10, epochs = 1000;
  std::vector<size_t> drawn(size, 0);
  for (uint32_t epoch = 1; epoch <= epochs; ++epoch) {
    for (const uint32_t row : order_of(Sampling::kReplacement, 1, epoch, size)) ++drawn[row];
  }
  double chi_square = 0;
  for (const size_t count : drawn) {
    const double off = static_cast<double>(count) - epochs;
    chi_square += off * off / epochs;
  }
  CHECK(chi_square < 27.9);  // 9 degrees of freedom: one fair generator in a thousand exceeds it
  CHECK(chi_square > 0.5);   // and almost none this even
}

}  // namespace
}  // namespace chainrule
