// Loads, stores and loops for arrays of any length and alignment. Not the usual include guard:
// every instruction set compiles this file once.
#if defined(CHAINRULE_VECTOR_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_VECTOR_INL_H
#undef CHAINRULE_VECTOR_INL_H
#else
#define CHAINRULE_VECTOR_INL_H
#endif

#include <cstring>

#include "hwy/cache_control.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;

// Known at compile time on all targets.
constexpr size_t kLanes = hn::MaxLanes(FloatTag());

constexpr bool kHasVectors = HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128;

/// The first `count` <= kLanes floats at `from`, then zeros; reads nothing beyond them.
HWY_INLINE FloatVector load_first(FloatTag d, const float* from, size_t count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)] = {};
  std::memcpy(lanes, from, count * sizeof(float));
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#endif
}

/// Writes the first `count` <= kLanes floats of `v`, and nothing beyond them.
HWY_INLINE void store_first(FloatVector v, FloatTag d, float* to, size_t count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, lanes);
  std::memcpy(to, lanes, count * sizeof(float));
#else
  hn::BlendedStore(v, hn::FirstN(d, count), d, to);
#endif
}

/// Access to a whole vector of an array.
struct Full {
  HWY_INLINE FloatVector load(const float* from) const { return hn::LoadU(FloatTag(), from); }
  HWY_INLINE void store(FloatVector v, float* to) const { hn::StoreU(v, FloatTag(), to); }
  /// `v` in the lanes of the array, `other` beyond.
  HWY_INLINE FloatVector only(FloatVector v, FloatVector) const { return v; }
};

/// Access to the first `count` lanes: to the last, short vector of an array, or to a whole one.
struct First {
  size_t count;
  HWY_INLINE FloatVector load(const float* from) const {
    return load_first(FloatTag(), from, count);
  }
  HWY_INLINE void store(FloatVector v, float* to) const { store_first(v, FloatTag(), to, count); }
  HWY_INLINE FloatVector only(FloatVector v, FloatVector other) const {
    return hn::IfThenElse(hn::FirstN(FloatTag(), count), v, other);
  }
};

/// Calls body(i, access) for the vectors at 0, kLanes, 2 kLanes, ... of an array of `size`. The
/// last call's access touches only what is left, so one body serves the bulk and the tail.
template <typename Body>
HWY_INLINE void for_each_vector(size_t size, const Body& body) {
  const size_t lanes = hn::Lanes(FloatTag());
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) body(i, Full());
  if (i < size) body(i, First{size - i});
}

/// x if it is NaN, otherwise `result`: Highway's exp and the like do not promise to keep a NaN.
HWY_INLINE FloatVector keep_nan(FloatVector x, FloatVector result) {
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

/// The argument of a function of math-inl.h whose caller puts a NaN back. Those convert to
/// integers; of a NaN, emulated vectors have no defined result, where instructions have one.
HWY_INLINE FloatVector without_nan(FloatVector x) {
  if constexpr (kHasVectors) return x;
  return hn::IfThenZeroElse(hn::IsNaN(x), x);
}

/// Sum of all lanes, adding the upper half to the lower one until one is left. The order of
/// Highway's own sum, and so its bits, differ from release to release.
HWY_INLINE float sum_of_lanes(FloatVector v) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, FloatTag(), lanes);
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
