// Transposes, a square of vectors at a time. Loads and stores are whole vectors; elements change
// places in registers.
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

#if HWY_TARGET != HWY_SCALAR
/// Transposes each 4 x 4 block of four rows.
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

/// Transposes a square of kLanes vectors.
HWY_INLINE void transpose_square(FloatVector* HWY_RESTRICT v) {
#if HWY_TARGET != HWY_SCALAR
  static_assert(kLanes == 4 || kLanes == 8 || kLanes == 16);
  const FloatTag d;
#pragma GCC unroll 4
  for (size_t i = 0; i < kLanes; i += 4) transpose_blocks(v + i);
    // Block b of v[4 g + j] now holds column 4 b + j of rows 4 g to 4 g + 3; next, blocks change
    // places.
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

/// A square of a matrix, or what is left of one at the edges.
struct Square {
  size_t rows, cols;  // up to as many as there are lanes
};

/// Calls store(column, vector) for every column of a part; load(row, access) returns its rows.
/// Lanes beyond the rows are zeros.
template <typename Load, typename Store>
HWY_INLINE void transpose_part(Square part, const Load& load, const Store& store) {
  FloatVector v[kLanes];
  if (part.rows == kLanes && part.cols == kLanes) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kLanes; ++i) v[i] = load(i, Full());
  } else {
    const First access{part.cols};
#pragma GCC unroll 16
    for (size_t i = 0; i < kLanes; ++i) {
      v[i] = i < part.rows ? load(i, access) : hn::Zero(FloatTag());
    }
  }
  transpose_square(v);
#pragma GCC unroll 16
  for (size_t i = 0; i < kLanes; ++i) {
    if (i == part.cols) return;
    store(i, v[i]);
  }
}

/// Calls body(row, col, part) for the squares that a matrix is cut into.
template <typename Body>
HWY_INLINE void for_each_square(size_t rows, size_t cols, const Body& body) {
  for (size_t r = 0; r < rows; r += kLanes) {
    for (size_t c = 0; c < cols; c += kLanes) {
      body(r, c, Square{HWY_MIN(rows - r, kLanes), HWY_MIN(cols - c, kLanes)});
    }
  }
}

// Not inlined: in its callers' loops the compiler would keep a pointer to every row on the stack.
HWY_NOINLINE void transpose_strided(Square part, const float* from, size_t from_stride, float* to,
                                    size_t to_stride) {
  transpose_part(
      part,
      [=](size_t i, const auto& access) HWY_ATTR { return access.load(from + i * from_stride); },
      [=](size_t i, FloatVector v) HWY_ATTR { hn::StoreU(v, FloatTag(), to + i * to_stride); });
}

/// to (cols, to_stride) = the transpose of from (rows, cols), rows `from_stride` floats apart. The
/// columns of `to` from `rows` up to to_stride, a multiple of a vector, become zeros.
void transpose(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
               size_t to_stride) {
  for_each_square(rows, cols, [=](size_t r, size_t c, Square part) HWY_ATTR {
    transpose_strided(part, from + r * from_stride + c, from_stride, to + c * to_stride + r,
                      to_stride);
  });
  for (size_t r = (rows + kLanes - 1) / kLanes * kLanes; r < to_stride; r += kLanes) {
    for (size_t c = 0; c < cols; ++c) {
      hn::StoreU(hn::Zero(FloatTag()), FloatTag(), to + c * to_stride + r);
    }
  }
}

HWY_NOINLINE void gather_part(Square part, const RowGather& rows, size_t row, size_t col) {
  const float* from = rows.from + col;
  const uint32_t* order = rows.order == nullptr ? nullptr : rows.order + row;
  const size_t cols = rows.cols;
  const size_t stride = rows.stride;
  float* to = rows.to + col * stride + row;
  transpose_part(
      part,
      [=](size_t i, const auto& access)
          HWY_ATTR { return access.load(from + (order == nullptr ? row + i : order[i]) * cols); },
      [=](size_t i, FloatVector v) HWY_ATTR { hn::StoreU(v, FloatTag(), to + i * stride); });
}

void gather_transposed(const RowGather& rows) {
  for (const uint32_t next : rows.next) fetch(rows.from + next * rows.cols, rows.cols);
  for_each_square(rows.rows, rows.cols,
                  [&](size_t r, size_t c, Square part) HWY_ATTR { gather_part(part, rows, r, c); });
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
