// Gathers rows of a dataset, in any order, into a batch.
#if defined(CHAINRULE_GATHER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_GATHER_INL_H
#undef CHAINRULE_GATHER_INL_H
#else
#define CHAINRULE_GATHER_INL_H
#endif

#include "kernels.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

/// Prefetches `size` floats.
HWY_INLINE void fetch(const float* from, size_t size) {
  constexpr size_t kLine = 64 / sizeof(float);
  hwy::Prefetch(from);
  for (size_t i = kLine; i < size; i += kLine) hwy::Prefetch(from + i);
  hwy::Prefetch(from + size - 1);
}

void gather(const RowGather& rows) {
  const size_t cols = rows.cols;
  for (size_t r = 0; r < rows.rows; ++r) {
    // Each row in random order is a cache miss that the hardware cannot predict.
    if (r < rows.next.size()) fetch(rows.from + rows.next[r] * cols, cols);
    const float* from = rows.from + (rows.order == nullptr ? r : rows.order[r]) * cols;
    float* to = rows.to + r * rows.stride;
    for_each_vector(
        cols, [&](size_t i, const auto& access) { access.store(access.load(from + i), to + i); });
    to[cols] = 1;
  }
}

void copy(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
          size_t to_stride) {
  for (size_t i = 0; i < cols; i += kLanes) {
    const First access{HWY_MIN(kLanes, cols - i)};
    for (size_t r = 0; r < rows; ++r) {
      access.store(access.load(from + r * from_stride + i), to + r * to_stride + i);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
