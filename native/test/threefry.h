#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/random.h"

namespace chainrule::test {

/// Threefry-2x32 as in its paper, one block at a time, to compare the vectors of random-inl.h with.
struct RandomBlock {
  uint32_t word[2];
};

inline RandomBlock threefry2x32(uint32_t key0, uint32_t key1, uint32_t counter0,
                                uint32_t counter1) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t key[3] = {key0, key1, 0x1BD11BDAu ^ key0 ^ key1};
  uint32_t x0 = counter0 + key0;
  uint32_t x1 = counter1 + key1;
  for (uint32_t group = 1; group <= 5; ++group) {
    for (int i = 0; i < 4; ++i) {
      x0 += x1;
      x1 = std::rotl(x1, kRotations[(group - 1) % 2 * 4 + i]) ^ x0;
    }
    x0 += key[group % 3];
    x1 += key[(group + 1) % 3] + group;
  }
  return {{x0, x1}};
}

/// Calls use(index, word) for words 0, 1, ..., count - 1 of (seed, stream, position).
template <typename Use>
void for_each_random_word(uint32_t seed, Stream stream, uint32_t position, size_t count, Use use) {
  for (size_t i = 0; i < count; i += 2) {
    const RandomBlock block =
        threefry2x32(seed, static_cast<uint32_t>(stream), static_cast<uint32_t>(i / 2), position);
    use(i, block.word[0]);
    if (i + 1 < count) use(i + 1, block.word[1]);
  }
}

}  // namespace chainrule::test
