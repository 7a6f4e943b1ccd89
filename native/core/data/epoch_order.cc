#include "data/epoch_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/random.h"

namespace chainrule {
namespace {

/// Calls use(i, word) for the words i = count - 1, ..., 0 of (seed, position). Draws many words at
/// a time.
template <typename Use>
void for_each_word_backwards(const Kernels& kernels, uint32_t seed, uint32_t position, size_t count,
                             const Use& use) {
  constexpr size_t kBlocks = 64;
  uint32_t words[2 * kBlocks];
  const uint32_t key[2] = {seed, static_cast<uint32_t>(Stream::kOrder)};
  for (size_t end = (count + 1) / 2; end > 0;) {
    const size_t first = end - std::min(end, kBlocks);
    kernels.random_words(key, static_cast<uint32_t>(first), position, end - first, words);
    for (size_t i = std::min(count, 2 * end); i-- > 2 * first;) use(i, words[i - 2 * first]);
    end = first;
  }
}

}  // namespace

void epoch_order(const Kernels& kernels, Sampling sampling, uint32_t seed, uint32_t epoch,
                 std::span<const uint32_t> rows, std::span<uint32_t> order) {
  const size_t n = order.size();
  if (sampling == Sampling::kReplacement) {
    for_each_word_backwards(kernels, seed, epoch, n, [&](size_t i, uint32_t word) {
      order[i] = bounded_integer(word, static_cast<uint32_t>(n));
    });
  } else {
    std::iota(order.begin(), order.end(), 0u);
  }
  if (sampling == Sampling::kShuffle) {
    // Fisher-Yates as in random.ts: word i decides place i, from the last place to the first; place
    // 0 needs no decision.
    for_each_word_backwards(kernels, seed, epoch, n, [&](size_t i, uint32_t word) {
      std::swap(order[i], order[bounded_integer(word, static_cast<uint32_t>(i + 1))]);
    });
  }
  if (!rows.empty()) {
    for (uint32_t& row : order) row = rows[row];
  }
}

}  // namespace chainrule
