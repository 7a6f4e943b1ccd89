#pragma once

#include <cstdint>

namespace chainrule {

/// Random numbers as a pure function of (seed, stream, position, index), as in
/// src/numbers/random.ts: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, SC 2011), which
/// Kernels::random_words draws.

/// What a number is drawn for; each purpose has its own numbers.
enum class Stream : uint32_t { kOrder = 1, kInitialisation = 2, kSplit = 3, kDropout = 4 };

/// floor(word * bound / 2^32): an integer in [0, bound), the more uniform the smaller bound / 2^32.
inline uint32_t bounded_integer(uint32_t word, uint32_t bound) {
  return static_cast<uint32_t>((uint64_t{word} * bound) >> 32);
}

}  // namespace chainrule
