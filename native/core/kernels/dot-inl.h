// Products of matrices that both have the depth in the lanes: an element is the sum over the lanes
// of a vector, and as many of those are added up at once as there are lanes.
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

// A thin panel's columns fill at most half a vector; and as many as have a loop of their own below.
constexpr size_t kMostDotColumns = HWY_MAX(kPanelLanes / 2, 3);

/// Lane i of the result is the sum over all lanes of the vector at `from` + i vectors. Each halving
/// adds what two vectors have in the lanes that they then share.
HWY_INLINE FloatVector sums_of_lanes(const float* from) {
  const FloatTag d;
#if HWY_TARGET == HWY_SCALAR
  return hn::Load(d, from);
#else
  const hn::Repartition<double, FloatTag> pairs;
  const auto add_pairs = [&](FloatVector a, FloatVector b) HWY_ATTR {
    return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  };
  // Each block of 128 bits of four[g] holds the sums, over that block, of vectors 4 g to 4 g + 3.
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

/// sums (rows, cols, lanes) = products of a vector's depth from each row of A with each of B, or
/// +=. B (cols, lanes) is contiguous; kCols are its columns, or 0 where they are not known here.
template <size_t kCols, bool kAccumulate, typename Access>
HWY_INLINE void multiply_vectors(const float* HWY_RESTRICT a, size_t a_stride, size_t rows,
                                 const float* HWY_RESTRICT b, size_t some_cols,
                                 float* HWY_RESTRICT sums, const Access& access) {
  const FloatTag d;
  const size_t cols = kCols > 0 ? kCols : some_cols;
  for (const float* const a_end = a + rows * a_stride; a != a_end; a += a_stride) {
    const auto vector = access.load(a);
    for (size_t j = 0; j < cols; ++j, sums += kLanes) {
      const auto other = hn::Load(d, b + j * kLanes);
      hn::Store(kAccumulate ? hn::MulAdd(vector, other, hn::Load(d, sums)) : hn::Mul(vector, other),
                d, sums);
    }
  }
}

/// multiply_vectors by the number of columns: of few, all of B stays in registers.
template <bool kAccumulate, typename... Arguments>
HWY_INLINE void multiply_vectors_of(size_t cols, Arguments... arguments) {
  switch (cols) {
    case 1:
      return multiply_vectors<1, kAccumulate>(arguments...);
    case 2:
      return multiply_vectors<2, kAccumulate>(arguments...);
    case 3:
      return multiply_vectors<3, kAccumulate>(arguments...);
    default:
      return multiply_vectors<0, kAccumulate>(arguments...);
  }
}

void dot_products(const DotProducts& given) {
  const DotProducts product = given;
  const FloatTag d;
  // Of as many rows as there are lanes: each of their columns fills one vector of sums.
  HWY_ALIGN float sums[kLanes * kMostDotColumns * kLanes];
  HWY_ALIGN float b[kMostDotColumns * kLanes];
  float* c = product.c;
  for (size_t row = 0; row < product.rows; row += kLanes) {
    const size_t rows = HWY_MIN(kLanes, product.rows - row);
    const float* a = product.a + row * product.a_stride;
    for_each_vector(product.depth, [&](size_t k, const auto& access) HWY_ATTR {
      for (size_t j = 0; j < product.cols; ++j) {
        hn::Store(access.load(product.b + j * product.b_stride + k), d, b + j * kLanes);
      }
      if (k == 0) {
        multiply_vectors_of<false>(product.cols, a, product.a_stride, rows, b, product.cols, sums,
                                   access);
      } else {
        multiply_vectors_of<true>(product.cols, a + k, product.a_stride, rows, b, product.cols,
                                  sums, access);
      }
    });
    const size_t count = rows * product.cols;
    for_each_vector(count, [&](size_t i, const auto& access)
                               HWY_ATTR { access.store(sums_of_lanes(sums + i * kLanes), c + i); });
    c += count;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
