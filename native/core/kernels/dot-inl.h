// Products of two matrices that both have the depth in the lanes. An element is the sum of a
// vector's lanes; as many of these sums are computed at once as there are lanes.
#if defined(CHAINRULE_DOT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_DOT_INL_H
#undef CHAINRULE_DOT_INL_H
#else
#define CHAINRULE_DOT_INL_H
#endif

#include "kernels.h"
#include "transpose-inl.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

/// Lane i of the result is the sum of all lanes of vector i at `from`. Each halving merges two
/// vectors into one by adding their lanes in pairs.
HWY_INLINE FloatVector sums_of_lanes(const float* from) {
  const FloatTag d;
#if HWY_TARGET == HWY_SCALAR
  return hn::Load(d, from);
#else
  const hn::Repartition<double, FloatTag> pairs;
  const auto add_pairs = [&](FloatVector a, FloatVector b) HWY_ATTR {
    return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  };
  // Each 128-bit block of four[g] holds that block's sums for vectors 4 g to 4 g + 3.
  FloatVector four[kLanes / 4];
#pragma GCC unroll 4
  for (size_t g = 0; g < kLanes / 4; ++g) {
    const float* at = from + 4 * g * kLanes;
    const auto first = hn::BitCast(pairs, add_pairs(hn::Load(d, at), hn::Load(d, at + kLanes)));
    const auto second =
        hn::BitCast(pairs, add_pairs(hn::Load(d, at + 2 * kLanes), hn::Load(d, at + 3 * kLanes)));
    four[g] = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, first, second)),
                      hn::BitCast(d, hn::InterleaveUpper(pairs, first, second)));
  }
  if constexpr (kLanes == 4) {
    return four[0];
  } else {
    const auto add_halves = [&](FloatVector a, FloatVector b) HWY_ATTR {
      return hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a));
    };
    if constexpr (kLanes == 8) {
      return add_halves(four[0], four[1]);
    } else {
      const auto even = add_halves(four[0], four[2]);
      const auto odd = add_halves(four[1], four[3]);
      return hn::OddEvenBlocks(hn::Add(odd, hn::SwapAdjacentBlocks(odd)),
                               hn::Add(even, hn::SwapAdjacentBlocks(even)));
    }
  }
#endif
}

/// sums (rows, kCols, lanes) = lane-wise products of one vector from each row of A with one from
/// each row of B; += if kAccumulate. B (kCols, lanes) is contiguous and stays in registers.
template <size_t kCols, bool kAccumulate, typename Access>
HWY_INLINE void multiply_vectors(const float* HWY_RESTRICT a, size_t a_stride, size_t rows,
                                 const float* HWY_RESTRICT b, float* HWY_RESTRICT sums,
                                 const Access& access) {
  const FloatTag d;
  for (const float* const a_end = a + rows * a_stride; a != a_end; a += a_stride) {
    const auto vector = access.load(a);
    for (size_t j = 0; j < kCols; ++j, sums += kLanes) {
      const auto other = hn::Load(d, b + j * kLanes);
      hn::Store(kAccumulate ? hn::MulAdd(vector, other, hn::Load(d, sums)) : hn::Mul(vector, other),
                d, sums);
    }
  }
}

template <size_t kCols>
HWY_INLINE void multiply_columns(const DotProducts& product) {
  const FloatTag d;
  // For as many rows as there are lanes, so that each column's sums fill one vector.
  HWY_ALIGN float sums[kLanes * kCols * kLanes];
  HWY_ALIGN float b[kCols * kLanes];
  float* c = product.c;
  for (size_t row = 0; row < product.rows; row += kLanes) {
    const size_t rows = HWY_MIN(kLanes, product.rows - row);
    const float* a = product.a + row * product.a_stride;
    for_each_vector(product.depth, [&](size_t k, const auto& access) HWY_ATTR {
      for (size_t j = 0; j < kCols; ++j) {
        hn::Store(access.load(product.b + j * product.b_stride + k), d, b + j * kLanes);
      }
      if (k == 0) {
        multiply_vectors<kCols, false>(a, product.a_stride, rows, b, sums, access);
      } else {
        multiply_vectors<kCols, true>(a + k, product.a_stride, rows, b, sums, access);
      }
    });
    const size_t count = rows * kCols;
    for_each_vector(count, [&](size_t i, const auto& access)
                               HWY_ATTR { access.store(sums_of_lanes(sums + i * kLanes), c + i); });
    c += count;
  }
}

void dot_products(const DotProducts& product) {
  static_assert(kMostDotColumns == 3);
  switch (product.cols) {
    case 1:
      return multiply_columns<1>(product);
    case 2:
      return multiply_columns<2>(product);
    default:
      return multiply_columns<3>(product);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
