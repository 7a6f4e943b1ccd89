// Dropout. Masks are drawn a vector of Threefry counters at a time.
#if defined(CHAINRULE_DROPOUT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_DROPOUT_INL_H
#undef CHAINRULE_DROPOUT_INL_H
#else
#define CHAINRULE_DROPOUT_INL_H
#endif

#include "kernels.h"
#include "random-inl.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

void dropout(const DropoutMask& mask, const Tile& tile, size_t stride, const float* in,
             float* out) {
  const FloatTag d;
  const WordTag words;
  const auto scale = hn::Set(d, mask.scale);
  const auto threshold = hn::Set(words, mask.threshold);
  const auto steps = hn::Mul(hn::Iota(words, 0), hn::Set(words, mask.by_col));
  for (size_t r = 0; r < tile.rows; ++r) {
    const uint32_t first = static_cast<uint32_t>(tile.row + r) * mask.by_row +
                           static_cast<uint32_t>(tile.col) * mask.by_col;
    for_each_vector(tile.cols, [&](size_t i, const auto& access) {
      const auto counters =
          hn::Add(steps, hn::Set(words, first + static_cast<uint32_t>(i) * mask.by_col));
      const auto word = threefry(mask.key, counters, mask.step).first;
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
