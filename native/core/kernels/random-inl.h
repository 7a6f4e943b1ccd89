// Random words, a vector of Threefry blocks at a time.
#if defined(CHAINRULE_RANDOM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_RANDOM_INL_H
#undef CHAINRULE_RANDOM_INL_H
#else
#define CHAINRULE_RANDOM_INL_H
#endif

#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

using WordTag = hn::RebindToUnsigned<FloatTag>;
using WordVector = hn::Vec<WordTag>;

template <int kLeft>
HWY_INLINE void threefry_round(WordVector& x0, WordVector& x1) {
  x0 = hn::Add(x0, x1);
  x1 = hn::Xor(hn::RotateRight<32 - kLeft>(x1), x0);
}

struct WordVectors {
  WordVector first, second;
};

/// threefry2x32 for a vector of counters.
HWY_INLINE WordVectors threefry(const uint32_t (&key_words)[2], WordVector counter0,
                                uint32_t counter1) {
  const WordTag d;
  const uint32_t key[3] = {key_words[0], key_words[1], 0x1BD11BDAu ^ key_words[0] ^ key_words[1]};
  WordVector x0 = hn::Add(counter0, hn::Set(d, key[0]));
  WordVector x1 = hn::Set(d, counter1 + key[1]);
  for (uint32_t group = 1; group <= 5; ++group) {
    if (group % 2 == 1) {
      threefry_round<13>(x0, x1);
      threefry_round<15>(x0, x1);
      threefry_round<26>(x0, x1);
      threefry_round<6>(x0, x1);
    } else {
      threefry_round<17>(x0, x1);
      threefry_round<29>(x0, x1);
      threefry_round<16>(x0, x1);
      threefry_round<24>(x0, x1);
    }
    x0 = hn::Add(x0, hn::Set(d, key[group % 3]));
    x1 = hn::Add(x1, hn::Set(d, key[(group + 1) % 3] + group));
  }
  return {x0, x1};
}

void random_words(const uint32_t (&key)[2], uint32_t first_block, uint32_t position, size_t blocks,
                  uint32_t* words) {
  const WordTag d;
  const size_t lanes = hn::Lanes(d);
  HWY_ALIGN uint32_t rest[2 * HWY_MAX_BYTES / sizeof(uint32_t)];
  for (size_t b = 0; b < blocks; b += lanes) {
    const WordVectors drawn =
        threefry(key, hn::Iota(d, first_block + static_cast<uint32_t>(b)), position);
    if (b + lanes <= blocks) {
      hn::StoreInterleaved2(drawn.first, drawn.second, d, words + 2 * b);
    } else {
      hn::StoreInterleaved2(drawn.first, drawn.second, d, rest);
      std::memcpy(words + 2 * b, rest, 2 * (blocks - b) * sizeof(uint32_t));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
