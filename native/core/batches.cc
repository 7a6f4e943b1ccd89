#include "batches.h"

#include <numeric>
#include <utility>

#include "random.h"

namespace chainrule {

void epoch_order(Sampling sampling, uint32_t seed, uint32_t epoch, std::span<const uint32_t> rows,
                 std::span<uint32_t> order) {
  const size_t n = order.size();
  if (sampling == Sampling::kReplacement) {
    for_each_random_word(seed, Stream::kOrder, epoch, n, [&](size_t i, uint32_t word) {
      order[i] = bounded_integer(word, static_cast<uint32_t>(n));
    });
  } else {
    std::iota(order.begin(), order.end(), 0u);
  }
  if (sampling == Sampling::kShuffle) {
    // Fisher and Yates as random.ts has it: word i decides place i, from the last place to the
    // first. Storing the words first would cost another array; a block holds two places' words, so
    // walk the blocks backwards.
    RandomBlock block{};
    for (size_t i = n; i-- > 1;) {
      if (i % 2 == 1 || i == n - 1) {
        block = threefry2x32(seed, static_cast<uint32_t>(Stream::kOrder),
                             static_cast<uint32_t>(i / 2), epoch);
      }
      std::swap(order[i], order[bounded_integer(block.word[i % 2], static_cast<uint32_t>(i + 1))]);
    }
  }
  if (!rows.empty()) {
    for (uint32_t& row : order) row = rows[row];
  }
}

}  // namespace chainrule
