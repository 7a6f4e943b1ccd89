// Images by AVX-512's conversions to bf16, and products by VDPBF16PS. The instructions are allowed
// function by function: a flag for the whole file would also compile inline functions of headers
// for them, and the linker might keep those.
#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the registers that its own header leaves undefined on purpose.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "kernels/tiles.h"
#include "kernels/tiles_avx512.h"
#include "kernels/tiles_units.h"
#include "kernels/wanted_lines.h"

#define CHAINRULE_BF16_TARGET target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")
#define CHAINRULE_BF16 __attribute__((CHAINRULE_BF16_TARGET))
#define CHAINRULE_BF16_INLINE __attribute__((CHAINRULE_BF16_TARGET, always_inline)) inline

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

/// Columns [16 half, 16 half + 16) of a row, zeros outside the block, of which a full one has
/// nothing.
template <bool kFull>
CHAINRULE_BF16_INLINE __m512 load_half(const FloatBlock& block, size_t row, size_t half) {
  const size_t first = 16 * half;
  if constexpr (kFull) return _mm512_loadu_ps(block.from + row * block.stride + first);
  if (row >= block.rows || first >= block.cols) return _mm512_setzero_ps();
  const size_t count = block.cols - first;
  const __mmask16 mask = count >= 16 ? 0xffff : static_cast<__mmask16>((1u << count) - 1);
  return _mm512_maskz_loadu_ps(mask, block.from + row * block.stride + first);
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
template <Bf16Terms kTerms, bool kFull>
CHAINRULE_BF16_INLINE void write_rows(const FloatBlock& block, size_t half, uint16_t* left,
                                      uint16_t* right_transposed) {
  __m512i high[16], low[16];
#pragma GCC unroll 16
  for (size_t i = 0; i < 16; ++i) {
    const __m512 first = load_half<kFull>(block, 16 * half + i, 0);
    const __m512 second = load_half<kFull>(block, 16 * half + i, 1);
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
template <Bf16Terms kTerms, bool kFull>
CHAINRULE_BF16_INLINE void write_pairs(const FloatBlock& block, size_t half, uint16_t* right,
                                       uint16_t* left_transposed) {
  __m512i high[16], low[16];
#pragma GCC unroll 16
  for (size_t i = 0; i < 16; ++i) {
    const __m512 even = load_half<kFull>(block, 2 * i, half);
    const __m512 odd = load_half<kFull>(block, 2 * i + 1, half);
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

// A register tile of VDPBF16PS: 8 rows of C and both vectors of its columns.
constexpr size_t kRegisterRows = 8;

/// Adds the products of 8 rows of a left image with a right one. VDPBF16PS adds the odd term of a
/// pair, then the even one.
CHAINRULE_BF16_INLINE void multiply_rows(const uint16_t* left, const uint16_t* right,
                                         __m512 (&sums)[kRegisterRows][2]) {
  for (size_t pair = 0; pair < 16; ++pair) {
    const auto first = reinterpret_cast<__m512bh>(_mm512_load_si512(right + kBlock * pair));
    const auto second =
        reinterpret_cast<__m512bh>(_mm512_load_si512(right + kTileWords + kBlock * pair));
#pragma GCC unroll 8
    for (size_t i = 0; i < kRegisterRows; ++i) {
      int two;
      __builtin_memcpy(&two, left + kBlock * i + 2 * pair, sizeof(two));
      const auto a = reinterpret_cast<__m512bh>(_mm512_set1_epi32(two));
      sums[i][0] = _mm512_dpbf16_ps(sums[i][0], a, first);
      sums[i][1] = _mm512_dpbf16_ps(sums[i][1], a, second);
    }
  }
}

template <Bf16Terms kTerms>
CHAINRULE_BF16 void multiply_register_tile(const TileProduct& product, const uint16_t* left,
                                           float* c, WantedLines& wanted, size_t lines) {
  __m512 sums[kRegisterRows][2];
#pragma GCC unroll 8
  for (size_t i = 0; i < kRegisterRows; ++i) {
#pragma GCC unroll 2
    for (size_t j = 0; j < 2; ++j) {
      sums[i][j] = product.accumulate         ? _mm512_loadu_ps(c + i * product.c_stride + 16 * j)
                   : product.start != nullptr ? _mm512_loadu_ps(product.start + 16 * j)
                                              : _mm512_setzero_ps();
    }
  }
  const uint16_t* right = product.right;
  for (size_t k = 0; k < product.depth; ++k) {
    wanted.fetch(lines);
    if constexpr (kTerms == Bf16Terms::kTwo) multiply_rows(left, right + kLowWords, sums);
    multiply_rows(left, right, sums);
    if constexpr (kTerms == Bf16Terms::kTwo) multiply_rows(left + kLowWords, right, sums);
    left += image_words(kTerms);
    right += image_words(kTerms);
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < kRegisterRows; ++i) {
#pragma GCC unroll 2
    for (size_t j = 0; j < 2; ++j) {
      _mm512_storeu_ps(c + i * product.c_stride + 16 * j, sums[i][j]);
    }
  }
}

template <Bf16Terms kTerms>
void multiply(const TileProduct& product) {
  WantedLines wanted(product.wanted);
  // For every block of the depth of every register tile.
  const size_t turns = kBlock / kRegisterRows * product.blocks * product.depth;
  const size_t lines = wanted.lines_each_of(turns);
  for (size_t block = 0; block < product.blocks; ++block) {
    product.beside.all(block);
    float* const c = product.c_of(block);
    for (size_t row = 0; row < kBlock; row += kRegisterRows) {
      const uint16_t* left = product.left + block * product.left_block + row * kBlock;
      multiply_register_tile<kTerms>(product, left, c + row * product.c_stride, wanted, lines);
    }
  }
}

template <Bf16Terms kTerms, bool kFull>
CHAINRULE_BF16 void write_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  if (images.left != nullptr || images.right_transposed != nullptr) {
    write_rows<kTerms, kFull>(block, half, images.left, images.right_transposed);
  }
  if (images.right != nullptr || images.left_transposed != nullptr) {
    write_pairs<kTerms, kFull>(block, half, images.right, images.left_transposed);
  }
}

/// Most blocks are full, and without questions at every row their images take half the time.
template <Bf16Terms kTerms>
void write_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  const bool full = block.rows == kBlock && block.cols == kBlock;
  full ? write_images<kTerms, true>(block, half, images)
       : write_images<kTerms, false>(block, half, images);
}

}  // namespace

CHAINRULE_BF16 float relu(size_t rows, float* block) {
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

CHAINRULE_BF16 float multiply_by_relu_derivative(size_t rows, float* block, const uint16_t* a,
                                                 float* sums) {
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

const TileKernels kVdpbf16Tiles = {
    .name = "vdpbf16",
    .left_words = kAnyWords,
    .right_words = kAnyWords,
    .multiply = {multiply<Bf16Terms::kOne>, multiply<Bf16Terms::kTwo>},
    .write_images = {write_rounded_images, write_split_images},
    .fetch = [](const float*, size_t) {},
    .relu = relu,
    .multiply_by_relu_derivative = multiply_by_relu_derivative,
    .begin = [] {},
    .end = [] {}};

}  // namespace chainrule
#endif
