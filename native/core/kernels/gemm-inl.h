// Matrix products, a panel of columns at a time. A register tile of C stays in registers over the
// whole depth; A is read where it lies, a broadcast number at a time, through any pair of strides;
// B is a panel of one or two vectors' width whose rows follow each other. So one kernel serves
// forward, dX and dW.
//
// Measured on Zen 5 at 254 GFLOP/s with AVX-512 and 127 with AVX2 on one core, where OpenBLAS
// 0.3.21's large sgemm reaches 221 to 238 and 118 to 123. Tiles of 8 x 2, 12 x 2 and 14 x 2 vectors
// were alike there (6 x 4 as well, 7 x 4 spilled: 225); 14 x 2 asks least of the caches.
#if defined(CHAINRULE_GEMM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_GEMM_INL_H
#undef CHAINRULE_GEMM_INL_H
#else
#define CHAINRULE_GEMM_INL_H
#endif

#include "kernels.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

// Rows of a register tile: with two vectors a row, what the registers hold beside B and the
// broadcast.
#if HWY_TARGET == HWY_AVX3
constexpr int kTileRows = 14;
#else
constexpr int kTileRows = 6;
#endif

// Steps of the depth between two looks at what is wanted.
constexpr size_t kFetchPace = 8;

/// The cache lines of a product's `wanted` arrays, one after the other.
class WantedLines {
 public:
  explicit WantedLines(const PanelProduct& product)
      : arrays_(product.wanted),
        lines_each_((product.wanted_floats + kLine - 1) / kLine),
        left_(arrays_.size() * lines_each_) {}

  size_t left() const { return left_; }
  /// Up to `count` of those left.
  HWY_INLINE void fetch(size_t count) {
    for (count = HWY_MIN(count, left_); count > 0; --count, --left_) {
      hwy::Prefetch(arrays_[array_] + line_ * kLine);
      if (++line_ == lines_each_) {
        line_ = 0;
        ++array_;
      }
    }
  }

 private:
  static constexpr size_t kLine = 64 / sizeof(float);
  std::span<const float* const> arrays_;
  size_t lines_each_;
  size_t left_;
  size_t array_ = 0;
  size_t line_ = 0;
};

/// C (kRows, kVectors vectors) = A B, or += where `product.accumulate`, from row `row` of C on; and
/// with kFetches as many lines of what is wanted.
template <int kRows, int kVectors, bool kFetches>
HWY_INLINE void multiply_tile(const PanelProduct& product, size_t row, WantedLines& wanted,
                              size_t lines) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const size_t a_row = product.a_row;
  const size_t a_depth = product.a_depth;
  const size_t b_stride = product.b_stride;
  const size_t c_stride = product.c_stride;
  // A pointer for every three rows, which x86 reaches from it: one for each row would not fit the
  // registers.
  constexpr int kGroups = (kRows + 2) / 3;
  const float* a[kGroups];
#pragma GCC unroll 5
  for (int g = 0; g < kGroups; ++g) a[g] = product.a + (row + 3 * static_cast<size_t>(g)) * a_row;
  const float* HWY_RESTRICT b = product.b;
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
  const size_t depth = product.depth;
  // A few lines at a time: a burst of them would hold up the loads behind it.
  const size_t pace = kFetches ? kFetchPace : depth;
  const size_t burst = kFetches ? (lines * kFetchPace + depth - 1) / depth : 0;
  for (size_t k = 0; k < depth;) {
    if constexpr (kFetches) wanted.fetch(burst);
    for (const size_t end = HWY_MIN(k + pace, depth); k < end; ++k, b += b_stride) {
      FloatVector b_row[kVectors];
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) {
        b_row[j] = hn::LoadU(d, b + static_cast<size_t>(j) * lanes);
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
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      const size_t at = static_cast<size_t>(i) * c_stride + static_cast<size_t>(j) * lanes;
      hn::StoreU(sum[i][j], d, c + at);
    }
  }
}

/// multiply_tile with a number of rows, at most kRows, that is known only now.
template <int kRows, int kVectors, bool kFetches>
HWY_INLINE void multiply_rows(size_t rows, const PanelProduct& product, size_t row,
                              WantedLines& wanted, size_t lines) {
  if constexpr (kRows > 0) {
    if (rows == static_cast<size_t>(kRows)) {
      multiply_tile<kRows, kVectors, kFetches>(product, row, wanted, lines);
    } else {
      multiply_rows<kRows - 1, kVectors, kFetches>(rows, product, row, wanted, lines);
    }
  }
}

template <int kVectors, bool kFetches>
HWY_INLINE void multiply_panel(const PanelProduct& product) {
  // Tiles of equal height rather than full ones and a thin last one, whose few sums would wait for
  // each other.
  const size_t tiles = (product.rows + kTileRows - 1) / kTileRows;
  const size_t height = tiles == 1 ? product.rows : (product.rows + tiles - 1) / tiles;
  WantedLines wanted(product);
  const size_t lines = kFetches ? (wanted.left() + tiles - 1) / tiles : 0;
  for (size_t row = 0; row < product.rows; row += height) {
    multiply_rows<kTileRows, kVectors, kFetches>(HWY_MIN(height, product.rows - row), product, row,
                                                 wanted, lines);
  }
}

HWY_MAYBE_UNUSED void multiply(const PanelProduct& product) {
  if (product.rows == 0) return;
  if (product.width == hn::Lanes(FloatTag())) {
    multiply_panel<1, false>(product);
  } else if (product.wanted.empty()) {
    multiply_panel<2, false>(product);
  } else {
    multiply_panel<2, true>(product);
  }
}

/// to (cols, to_stride) = the transpose of from (rows, cols), rows `from_stride` floats apart; the
/// columns of `to` beyond `rows` become zeros, up to to_stride.
void transpose(size_t rows, size_t cols, const float* HWY_RESTRICT from, size_t from_stride,
               float* HWY_RESTRICT to, size_t to_stride) {
  size_t r = 0;
#if HWY_TARGET != HWY_SCALAR
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const hn::Repartition<double, FloatTag> pairs;
  HWY_ALIGN float block[4 * HWY_MAX_BYTES / sizeof(float)];
  for (; r + 4 <= rows; r += 4) {
    const float* row = from + r * from_stride;
    size_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      const auto row0 = hn::LoadU(d, row + c);
      const auto row1 = hn::LoadU(d, row + from_stride + c);
      const auto row2 = hn::LoadU(d, row + 2 * from_stride + c);
      const auto row3 = hn::LoadU(d, row + 3 * from_stride + c);
      // In every block of four columns: a transpose by pairs, then by pairs of pairs.
      const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, row0, row1));
      const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, row0, row1));
      const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, row2, row3));
      const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, row2, row3));
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, block);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, block + lanes);
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, block + 2 * lanes);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, block + 3 * lanes);
      for (size_t i = 0; i < lanes; ++i) {
        // Column c + i lies in block i / 4 of vector i % 4.
        std::memcpy(to + (c + i) * to_stride + r, block + (i % 4) * lanes + i / 4 * 4,
                    4 * sizeof(float));
      }
    }
    for (; c < cols; ++c) {
      for (size_t i = 0; i < 4; ++i) to[c * to_stride + r + i] = row[i * from_stride + c];
    }
  }
#endif
  for (; r < to_stride; ++r) {
    for (size_t c = 0; c < cols; ++c)
      to[c * to_stride + r] = r < rows ? from[r * from_stride + c] : 0;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
