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

// At most half a vector of columns: more are worth a panel.
constexpr size_t kMostDotColumns = kLanes < 2 ? 8 : kLanes / 2;

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

void dot_products(const DotProducts& product) {
  const FloatTag d;
  const size_t cols = product.cols;
  const size_t lanes = kLanes;
  // Of as many rows as there are lanes: each of their columns fills one vector of sums.
  HWY_ALIGN float sums[kLanes * kMostDotColumns * kLanes];
  float* c = product.c;
  for (size_t row = 0; row < product.rows; row += lanes) {
    const size_t rows = HWY_MIN(lanes, product.rows - row);
    for (size_t j = 0; j < cols; ++j) {
      for_each_vector(product.depth, [&](size_t k, const auto& access) HWY_ATTR {
        const auto b = access.load(product.b + j * product.b_stride + k);
        const float* a = product.a + row * product.a_stride + k;
        float* sum = sums + j * lanes;
#pragma GCC unroll 2
        for (size_t r = 0; r < rows; ++r, a += product.a_stride, sum += cols * lanes) {
          const auto before = k == 0 ? hn::Zero(d) : hn::Load(d, sum);
          hn::Store(hn::MulAdd(access.load(a), b, before), d, sum);
        }
      });
    }
    for_each_vector(rows * cols, [&](size_t i, const auto& access) HWY_ATTR {
      access.store(sums_of_lanes(sums + i * lanes), c + i);
    });
    c += rows * cols;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
