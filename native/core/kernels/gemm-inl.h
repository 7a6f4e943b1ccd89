// Matrix products, one panel of columns at a time. A register tile of C stays in registers over the
// whole depth. A is read in place, one broadcast number at a time, with any two strides, or from
// strips that are as high as the tile. B is a panel, one or two vectors wide, of contiguous rows.
// So one kernel serves forward, dX and dW.
//
// Measured on one core of Zen 5: 254 GFLOP/s with AVX-512 and 127 with AVX2; OpenBLAS 0.3.21's
// large sgemm reaches 221 to 238 and 118 to 123. Tiles of 8 x 2, 12 x 2, 14 x 2 and 6 x 4 vectors
// were equally fast (7 x 4 spilled: 225); 14 x 2 puts the least load on the caches.
#if defined(CHAINRULE_GEMM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_GEMM_INL_H
#undef CHAINRULE_GEMM_INL_H
#else
#define CHAINRULE_GEMM_INL_H
#endif

#include "activation-inl.h"
#include "kernels.h"
#include "vector-inl.h"
#include "wanted_lines.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

// Rows of a register tile, two vectors each: as many as the registers hold besides B and the
// broadcast.
#if HWY_TARGET == HWY_AVX3
constexpr int kTileRows = 14;
#else
constexpr int kTileRows = 6;
#endif

// Rows of B between two bursts of prefetches.
constexpr size_t kFetchPace = 8;

// Where B stays in L2 only, B's next rows may be prefetched to L1, so many ahead. With AVX2, which
// computes at half the rate, that takes 3% longer.
constexpr bool kMayFetchAhead = HWY_TARGET == HWY_AVX3;
constexpr size_t kRowsAhead = 8;
constexpr size_t kFloatsInL1 = 8192;  // of B

/// Stores a register tile; with kEnds, after the epilogue, for which `activations` is laid out like
/// C, or null for kActivate.
template <int kRows, int kVectors, bool kEnds>
HWY_INLINE void store_sums(const FloatVector (&sum)[kRows][kVectors], const float* activations,
                           float* HWY_RESTRICT c, size_t c_stride) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const size_t at = static_cast<size_t>(i) * c_stride + static_cast<size_t>(j) * lanes;
      FloatVector value = sum[i][j];
      if constexpr (kEnds) {
        if (activations == nullptr) {
          value = Relu::value(value, value);
        } else {
          const FloatVector activation = hn::LoadU(d, activations + at);
          value = Relu::backward(value, activation, activation);
        }
      }
      hn::StoreU(value, d, c + at);
    }
  }
}

/// C (kRows, kVectors vectors) = A B from row `row` of C on, for A's rows at `a_rows`; += if
/// `product.accumulate`. With kFetches it also prefetches `lines` lines, with kAhead B's next rows;
/// with kEnds it applies the epilogue.
template <int kRows, int kVectors, bool kFetches, bool kAhead, bool kEnds>
HWY_INLINE void multiply_tile(const PanelProduct& product, size_t row, const float* a_rows,
                              WantedLines& wanted, size_t lines) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const size_t a_row = product.a_row;
  const size_t a_depth = product.a_depth;
  const size_t b_stride = product.b_stride;
  const size_t c_stride = product.c_stride;
  // One pointer for three rows, which x86 can address from it: a pointer for each row would not fit
  // in the registers.
  constexpr int kGroups = (kRows + 2) / 3;
  const float* a[kGroups];
#pragma GCC unroll 5
  for (int g = 0; g < kGroups; ++g) a[g] = a_rows + 3 * static_cast<size_t>(g) * a_row;
  const float* HWY_RESTRICT b = product.b;
  const float* activations = product.epilogue == Epilogue::kMultiplyDerivative
                                 ? product.activations + row * c_stride
                                 : nullptr;
  float* HWY_RESTRICT c = product.c + row * c_stride;
  FloatVector sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const size_t at = static_cast<size_t>(i) * c_stride + static_cast<size_t>(j) * lanes;
      sum[i][j] = product.accumulate ? hn::LoadU(d, c + at) : hn::Zero(d);
    }
  }
  // A few lines at a time: one large burst would delay the loads after it.
  const size_t depth = product.depth;
  const size_t burst = kFetches ? (lines * kFetchPace + depth - 1) / depth : 0;
  // The pointer to B is also the loop counter: there is no register left for another.
  const float* const b_end = b + depth * b_stride;
  while (b != b_end) {
    const float* pause = b_end;
    if constexpr (kFetches) {
      wanted.fetch(burst);
      pause = HWY_MIN(b + kFetchPace * b_stride, b_end);
    }
    for (; b != pause; b += b_stride) {
      FloatVector b_row[kVectors];
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) {
        b_row[j] = hn::LoadU(d, b + static_cast<size_t>(j) * lanes);
        if constexpr (kAhead) {
          hwy::Prefetch(b + kRowsAhead * b_stride + static_cast<size_t>(j) * lanes);
        }
      }
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const FloatVector x = hn::Set(d, a[i / 3][static_cast<size_t>(i % 3) * a_row]);
#pragma GCC unroll 2
        for (int j = 0; j < kVectors; ++j) sum[i][j] = hn::MulAdd(x, b_row[j], sum[i][j]);
      }
#pragma GCC unroll 5
      for (int g = 0; g < kGroups; ++g) a[g] += a_depth;
    }
  }
  store_sums<kRows, kVectors, kEnds>(sum, activations, c, c_stride);
}

/// multiply_tile for a number of rows, at most kRows, that is known only at run time.
template <int kRows, int kVectors, bool kFetches, bool kAhead, bool kEnds>
HWY_INLINE void multiply_rows(size_t rows, const PanelProduct& product, size_t row,
                              const float* a_rows, WantedLines& wanted, size_t lines) {
  if constexpr (kRows > 0) {
    if (rows == static_cast<size_t>(kRows)) {
      multiply_tile<kRows, kVectors, kFetches, kAhead, kEnds>(product, row, a_rows, wanted, lines);
    } else {
      multiply_rows<kRows - 1, kVectors, kFetches, kAhead, kEnds>(rows, product, row, a_rows,
                                                                  wanted, lines);
    }
  }
}

// A separate function for each variant: inlined together they would get fewer registers.
template <int kVectors, bool kFetches, bool kAhead, bool kEnds>
HWY_NOINLINE void multiply_panel(const PanelProduct& product) {
  // Tiles of equal height, not full ones and a small last one: its few sums would be bound by the
  // latency of the additions.
  const uint32_t rows = static_cast<uint32_t>(product.rows);  // a shorter division
  const uint32_t tiles = (rows + kTileRows - 1) / kTileRows;
  const size_t equal = tiles == 1 ? rows : (rows + tiles - 1) / tiles;
  const bool in_strips = product.a_strip > 0;
  const size_t height = in_strips ? product.a_depth : equal;
  const size_t a_tile = in_strips ? product.a_strip : height * product.a_row;
  WantedLines wanted(product.wanted);
  const size_t lines = kFetches ? wanted.lines_each_of((rows + height - 1) / height) : 0;
  const float* a = product.a;
  for (size_t row = 0; row < product.rows; row += height, a += a_tile) {
    multiply_rows<kTileRows, kVectors, kFetches, kAhead, kEnds>(HWY_MIN(height, product.rows - row),
                                                                product, row, a, wanted, lines);
  }
}

/// Applies the epilogue to a product already stored without it.
HWY_INLINE void apply_epilogue(const PanelProduct& product) {
  if (product.epilogue == Epilogue::kActivate) {
    activate<Relu>(product.rows, product.width, product.c_stride, product.c, product.c, 0);
  } else if (product.epilogue == Epilogue::kMultiplyDerivative) {
    multiply_derivative<Relu>(product.rows, product.width, product.c_stride, product.c,
                              product.activations, 0);
  }
}

/// A product of a panel that is two vectors wide.
template <bool kAhead>
HWY_INLINE void multiply_wide(const PanelProduct& product) {
  const bool ends = product.epilogue != Epilogue::kNone;
  if (product.wanted.empty()) {
    ends ? multiply_panel<2, false, kAhead, true>(product)
         : multiply_panel<2, false, kAhead, false>(product);
  } else {
    multiply_panel<2, true, kAhead, false>(product);
    apply_epilogue(product);
  }
}

/// kFetchesAhead: B's next rows are prefetched, where it does not stay in L1.
template <bool kFetchesAhead>
HWY_MAYBE_UNUSED void multiply(const PanelProduct& product) {
  if (product.rows == 0) return;
  if (product.width <= hn::Lanes(FloatTag())) {
    const bool ends = product.epilogue != Epilogue::kNone;
    ends ? multiply_panel<1, false, false, true>(product)
         : multiply_panel<1, false, false, false>(product);
  } else if (kFetchesAhead && product.depth * product.width > kFloatsInL1) {
    multiply_wide<kFetchesAhead>(product);
  } else {
    multiply_wide<false>(product);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
