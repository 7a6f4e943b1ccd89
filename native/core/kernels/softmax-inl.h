// Softmax, row by row, and its Jacobian.
#if defined(CHAINRULE_SOFTMAX_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_SOFTMAX_INL_H
#undef CHAINRULE_SOFTMAX_INL_H
#else
#define CHAINRULE_SOFTMAX_INL_H
#endif

#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

HWY_INLINE FloatVector exp_of(FloatVector x) {
  return keep_nan(x, hn::Exp(FloatTag(), without_nan(x)));
}

/// Largest of `size` >= 1 values; may ignore a NaN.
HWY_INLINE float max_of(const float* x, size_t size) {
  const FloatTag d;
  auto max = hn::Set(d, x[0]);
  for_each_vector(size, [&](size_t i, const auto& access) {
    max = hn::Max(max, access.only(access.load(x + i), max));
  });
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

/// e = exp(z - max); returns its sum. Lanes beyond the row are not part of the row, so the last
/// vector is masked before it is summed.
HWY_INLINE float exp_shifted(const float* z, float max, float* e, size_t size) {
  const FloatTag d;
  const auto shift = hn::Set(d, max);
  auto sum = hn::Zero(d);
  for_each_vector(size, [&](size_t i, const auto& access) {
    const auto value = exp_of(hn::Sub(access.load(z + i), shift));
    access.store(value, e + i);
    sum = hn::Add(sum, access.only(value, hn::Zero(d)));
  });
  return sum_of_lanes(sum);
}

/// Row-wise softmax of z, after subtracting the row's maximum.
void softmax(size_t rows, size_t cols, size_t stride, const float* z, float* a, float) {
  const FloatTag d;
  for (size_t r = 0; r < rows; ++r) {
    const float* z_row = z + r * stride;
    float* row = a + r * stride;
    const auto scale = hn::Set(d, 1.0f / exp_shifted(z_row, max_of(z_row, cols), row, cols));
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(hn::Mul(access.load(row + i), scale), row + i);
    });
  }
}

/// dL/dz_j = a_j (dL/da_j - sum_k a_k dL/da_k).
void softmax_jacobian(size_t rows, size_t cols, size_t stride, float* delta, const float* a) {
  const FloatTag d;
  for (size_t r = 0; r < rows; ++r) {
    float* d_row = delta + r * stride;
    const float* a_row = a + r * stride;
    auto products = hn::Zero(d);
    for_each_vector(cols, [&](size_t i, const auto& access) {
      products = hn::MulAdd(access.load(a_row + i), access.load(d_row + i), products);
    });
    const auto mean = hn::Set(d, sum_of_lanes(products));
    for_each_vector(cols, [&](size_t i, const auto& access) {
      const auto centred = hn::Sub(access.load(d_row + i), mean);
      access.store(hn::Mul(access.load(a_row + i), centred), d_row + i);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
