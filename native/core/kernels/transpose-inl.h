// Transposes, a square of vectors at a time: every element is loaded and stored in whole vectors,
// and changes its place in registers.
#if defined(CHAINRULE_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_TRANSPOSE_INL_H
#undef CHAINRULE_TRANSPOSE_INL_H
#else
#define CHAINRULE_TRANSPOSE_INL_H
#endif

#include "gather-inl.h"
#include "kernels.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

constexpr size_t kLanes = hn::MaxLanes(FloatTag());

#if HWY_TARGET != HWY_SCALAR
/// Four rows: of each block of four columns the transpose.
HWY_INLINE void transpose_blocks(FloatVector* HWY_RESTRICT v) {
  const FloatTag d;
  const hn::Repartition<double, FloatTag> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}
#endif

/// The transpose of a square of as many vectors as they have lanes.
HWY_INLINE void transpose_square(FloatVector* HWY_RESTRICT v) {
#if HWY_TARGET != HWY_SCALAR
  static_assert(kLanes == 4 || kLanes == 8 || kLanes == 16);
  const FloatTag d;
#pragma GCC unroll 4
  for (size_t i = 0; i < kLanes; i += 4) transpose_blocks(v + i);
    // Now block b of v[4 g + j] holds column 4 b + j of rows 4 g to 4 g + 3: blocks change places.
#pragma GCC unroll 4
  for (size_t j = 0; j < 4; ++j) {
    if constexpr (kLanes == 8) {
      const auto rows0 = v[j], rows4 = v[4 + j];
      v[j] = hn::ConcatLowerLower(d, rows4, rows0);
      v[4 + j] = hn::ConcatUpperUpper(d, rows4, rows0);
    } else if constexpr (kLanes == 16) {
      const auto low_even = hn::ConcatLowerLower(d, v[8 + j], v[j]);
      const auto low_odd = hn::ConcatLowerLower(d, v[12 + j], v[4 + j]);
      const auto high_even = hn::ConcatUpperUpper(d, v[8 + j], v[j]);
      const auto high_odd = hn::ConcatUpperUpper(d, v[12 + j], v[4 + j]);
      v[j] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(low_odd), low_even);
      v[4 + j] = hn::OddEvenBlocks(low_odd, hn::SwapAdjacentBlocks(low_even));
      v[8 + j] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(high_odd), high_even);
      v[12 + j] = hn::OddEvenBlocks(high_odd, hn::SwapAdjacentBlocks(high_even));
    }
  }
#endif
}

/// Calls store(column, vector) for `cols` <= Lanes columns of a matrix of `rows` <= Lanes rows,
/// each of which load(row) returns; lanes beyond the rows are zeros.
template <typename Load, typename Store>
HWY_INLINE void transpose_part(size_t rows, size_t cols, const Load& load, const Store& store) {
  FloatVector v[kLanes];
  if (rows == kLanes) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kLanes; ++i) v[i] = load(i);
  } else {
#pragma GCC unroll 16
    for (size_t i = 0; i < kLanes; ++i) v[i] = i < rows ? load(i) : hn::Zero(FloatTag());
  }
  transpose_square(v);
#pragma GCC unroll 16
  for (size_t i = 0; i < kLanes; ++i) {
    if (i < cols) store(i, v[i]);
  }
}

/// to (cols, width) = the transpose of the rows that row_of(r) points to, and zeros beyond them.
template <typename RowOf>
HWY_INLINE void transpose_rows(size_t rows, size_t cols, const RowOf& row_of,
                               float* HWY_RESTRICT to, size_t width) {
  const FloatTag d;
  for (size_t r = 0; r < width; r += kLanes) {
    const size_t rows_left = rows - HWY_MIN(r, rows);
    for_each_vector(cols, [&](size_t c, const auto& access) HWY_ATTR {
      transpose_part(
          HWY_MIN(rows_left, kLanes), HWY_MIN(cols - c, kLanes),
          [&](size_t i) HWY_ATTR { return access.load(row_of(r + i) + c); },
          [&](size_t i, FloatVector v) HWY_ATTR { hn::StoreU(v, d, to + (c + i) * width + r); });
    });
  }
}

/// to (cols, to_stride) = the transpose of from (rows, cols), rows `from_stride` floats apart; the
/// columns of `to` beyond `rows` become zeros, up to to_stride, a multiple of a vector.
void transpose(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
               size_t to_stride) {
  transpose_rows(
      rows, cols, [=](size_t r) { return from + r * from_stride; }, to, to_stride);
}

void gather_transposed(const RowGather& rows) {
  const size_t cols = rows.cols;
  for (const uint32_t next : rows.next) fetch(rows.from + next * cols, cols);
  const auto row_of = [&](size_t r) {
    return rows.from + (rows.order == nullptr ? r : rows.order[r]) * cols;
  };
  transpose_rows(rows.rows, cols, row_of, rows.to, rows.stride);
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
