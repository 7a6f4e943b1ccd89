// Dropout: masks drawn in the lanes, many counters of Threefry at once.
#if defined(CHAINRULE_DROPOUT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_DROPOUT_INL_H
#undef CHAINRULE_DROPOUT_INL_H
#else
#define CHAINRULE_DROPOUT_INL_H
#endif

#include "kernels.h"
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

/// First words of threefry2x32 for a vector of counters; random.h is the same for one counter.
HWY_INLINE WordVector threefry_first_words(const uint32_t (&key_words)[2], WordVector counter0,
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
  return x0;
}

void dropout(const DropoutMask& mask, const Tile& tile, size_t stride, const float* in,
             float* out) {
  const FloatTag d;
  const WordTag words;
  const auto scale = hn::Set(d, mask.scale);
  const auto threshold = hn::Set(words, mask.threshold);
  for (size_t r = 0; r < tile.rows; ++r) {
    const uint32_t first =
        static_cast<uint32_t>(tile.row + r) * mask.units + static_cast<uint32_t>(tile.col);
    for_each_vector(tile.cols, [&](size_t i, const auto& access) {
      const auto counters = hn::Iota(words, first + static_cast<uint32_t>(i));
      const auto word = threefry_first_words(mask.key, counters, mask.step);
      const auto left_out = hn::RebindMask(d, hn::Lt(word, threshold));
      const auto value = hn::Mul(scale, access.load(in + r * stride + i));
      access.store(hn::IfThenZeroElse(left_out, value), out + r * stride + i);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
