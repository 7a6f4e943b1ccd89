// Images by AVX-512's conversions to bf16, and what else goes beside products of their blocks.
#if defined(__x86_64__)
#include "kernels/images_avx512.h"

#include "kernels/avx512_bf16.h"
#include "kernels/tiles.h"

namespace chainrule {
namespace {

/// bf16 numbers of both vectors, the first one's in the lower half.
CHAINRULE_BF16_INLINE __m512i to_bf16(__m512 first, __m512 second) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
}
CHAINRULE_BF16_INLINE __m512 widen(__m256i numbers) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(numbers), 16));
}
CHAINRULE_BF16_INLINE __m512 even_numbers(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
}
CHAINRULE_BF16_INLINE __m512 odd_numbers(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(-0x10000)));
}

/// The numbers of both halves in turn.
CHAINRULE_BF16_INLINE __m512i interleave(__m512i numbers) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24,
                                         8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, numbers);
}

/// What is known of a block, and not asked at every row.
enum class Known { kNothing, kFull, kFullOrdered };

/// Columns [16 half, 16 half + 16) of a row, zeros outside the block.
template <Known kKnown>
CHAINRULE_BF16_INLINE __m512 load_half(const FloatBlock& block, size_t row, size_t half) {
  const size_t first = 16 * half;
  if constexpr (kKnown == Known::kFull) {
    return _mm512_loadu_ps(block.from + row * block.stride + first);
  }
  if constexpr (kKnown == Known::kFullOrdered) {
    return _mm512_loadu_ps(block.from + block.order[row] * block.stride + first);
  }
  if (row >= block.rows || first >= block.cols) return _mm512_setzero_ps();
  const size_t count = block.cols - first;
  const __mmask16 mask = count >= 16 ? 0xffff : static_cast<__mmask16>((1u << count) - 1);
  return _mm512_maskz_loadu_ps(mask, block.row(row) + first);
}

CHAINRULE_BF16_INLINE void transpose(__m512i (&r)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
    t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
    t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
    r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
    r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
    r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
  }
}

CHAINRULE_BF16_INLINE void store(uint16_t* tile, const __m512i (&rows)[16]) {
#pragma GCC unroll 16
  for (size_t i = 0; i < 16; ++i) _mm512_store_si512(tile + kBlock * i, rows[i]);
}

/// A tile and its transpose by pairs, where they are wanted.
CHAINRULE_BF16_INLINE void store_both(uint16_t* tile, uint16_t* transposed, __m512i (&rows)[16]) {
  if (tile != nullptr) store(tile, rows);
  if (transposed == nullptr) return;
  transpose(rows);
  store(transposed, rows);
}

CHAINRULE_BF16_INLINE uint16_t* tile_of(uint16_t* image, size_t offset) {
  return image == nullptr ? nullptr : image + offset;
}

/// Rows [16 half, 16 half + 16) of the images with the depth along the columns.
template <Bf16Terms kTerms, Known kKnown>
CHAINRULE_BF16_INLINE void write_rows(const FloatBlock& block, size_t half, uint16_t* left,
                                      uint16_t* right_transposed) {
  __m512i high[16], low[16];
#pragma GCC unroll 16
  for (size_t i = 0; i < 16; ++i) {
    const __m512 first = load_half<kKnown>(block, 16 * half + i, 0);
    const __m512 second = load_half<kKnown>(block, 16 * half + i, 1);
    high[i] = to_bf16(first, second);
    if constexpr (kTerms == Bf16Terms::kTwo) {
      low[i] = to_bf16(_mm512_sub_ps(first, widen(_mm512_castsi512_si256(high[i]))),
                       _mm512_sub_ps(second, widen(_mm512_extracti64x4_epi64(high[i], 1))));
    }
  }
  const size_t at = kTileWords * half;
  store_both(tile_of(left, at), tile_of(right_transposed, at), high);
  if constexpr (kTerms == Bf16Terms::kTwo) {
    store_both(tile_of(left, kLowWords + at), tile_of(right_transposed, kLowWords + at), low);
  }
}

/// Columns [16 half, 16 half + 16) of the images with the depth along the rows.
template <Bf16Terms kTerms, Known kKnown>
CHAINRULE_BF16_INLINE void write_pairs(const FloatBlock& block, size_t half, uint16_t* right,
                                       uint16_t* left_transposed) {
  __m512i high[16], low[16];
#pragma GCC unroll 16
  for (size_t i = 0; i < 16; ++i) {
    const __m512 even = load_half<kKnown>(block, 2 * i, half);
    const __m512 odd = load_half<kKnown>(block, 2 * i + 1, half);
    high[i] = interleave(to_bf16(even, odd));
    if constexpr (kTerms == Bf16Terms::kTwo) {
      low[i] = interleave(to_bf16(_mm512_sub_ps(even, even_numbers(high[i])),
                                  _mm512_sub_ps(odd, odd_numbers(high[i]))));
    }
  }
  const size_t at = kTileWords * half;
  store_both(tile_of(right, at), tile_of(left_transposed, at), high);
  if constexpr (kTerms == Bf16Terms::kTwo) {
    store_both(tile_of(right, kLowWords + at), tile_of(left_transposed, kLowWords + at), low);
  }
}

template <Bf16Terms kTerms, Known kKnown>
CHAINRULE_BF16 void write_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  if (images.left != nullptr || images.right_transposed != nullptr) {
    write_rows<kTerms, kKnown>(block, half, images.left, images.right_transposed);
  }
  if (images.right != nullptr || images.left_transposed != nullptr) {
    write_pairs<kTerms, kKnown>(block, half, images.right, images.left_transposed);
  }
}

/// Most blocks are full, and without questions at every row their images take half the time.
template <Bf16Terms kTerms>
void write_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  if (block.rows < kBlock || block.cols < kBlock) {
    write_images<kTerms, Known::kNothing>(block, half, images);
  } else if (block.order != nullptr) {
    write_images<kTerms, Known::kFullOrdered>(block, half, images);
  } else {
    write_images<kTerms, Known::kFull>(block, half, images);
  }
}

}  // namespace

CHAINRULE_BF16 float relu_in_block(size_t rows, float* block) {
  const __m512 zero = _mm512_setzero_ps();
  __m512 first_squares = zero, second_squares = zero;
  for (size_t r = 0; r < rows; ++r, block += kBlock) {
    // The second operand comes out if there is a NaN.
    const __m512 first = _mm512_max_ps(zero, _mm512_loadu_ps(block));
    const __m512 second = _mm512_max_ps(zero, _mm512_loadu_ps(block + 16));
    _mm512_storeu_ps(block, first);
    _mm512_storeu_ps(block + 16, second);
    first_squares = _mm512_fmadd_ps(first, first, first_squares);
    second_squares = _mm512_fmadd_ps(second, second, second_squares);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(first_squares, second_squares));
}

CHAINRULE_BF16 float delta_in_block(size_t rows, float* block, const uint16_t* a, float* sums) {
  const __m512 zero = _mm512_setzero_ps();
  __m512 first_sums = zero, second_sums = zero, first_squares = zero, second_squares = zero;
  for (size_t r = 0; r < rows; ++r, block += kBlock, a += kBlock) {
    const __mmask32 above = _mm512_cmpgt_epi16_mask(_mm512_load_si512(a), _mm512_setzero_si512());
    const __m512 first = _mm512_maskz_loadu_ps(static_cast<__mmask16>(above), block);
    const __m512 second = _mm512_maskz_loadu_ps(static_cast<__mmask16>(above >> 16), block + 16);
    _mm512_storeu_ps(block, first);
    _mm512_storeu_ps(block + 16, second);
    first_sums = _mm512_add_ps(first_sums, first);
    second_sums = _mm512_add_ps(second_sums, second);
    first_squares = _mm512_fmadd_ps(first, first, first_squares);
    second_squares = _mm512_fmadd_ps(second, second, second_squares);
  }
  _mm512_storeu_ps(sums, first_sums);
  _mm512_storeu_ps(sums + 16, second_sums);
  return _mm512_reduce_add_ps(_mm512_add_ps(first_squares, second_squares));
}

void write_rounded_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  write_images<Bf16Terms::kOne>(block, half, images);
}
void write_split_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  write_images<Bf16Terms::kTwo>(block, half, images);
}

void fetch_to_l2(const float* from, size_t floats) {
  constexpr size_t kLine = 64 / sizeof(float);
  for (size_t i = 0; i < floats; i += kLine) _mm_prefetch(from + i, _MM_HINT_T1);
}

}  // namespace chainrule
#endif
