// Products by VDPBF16PS.
#if defined(__x86_64__)
#include "kernels/avx512_bf16.h"
#include "kernels/images_avx512.h"
#include "kernels/tiles.h"
#include "kernels/tiles_units.h"
#include "kernels/wanted_lines.h"

namespace chainrule {
namespace {

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

}  // namespace

const TileKernels kVdpbf16Tiles = {
    .name = "vdpbf16",
    .left_words = kAnyWords,
    .right_words = kAnyWords,
    .fetches_wanted = true,
    .multiply = {multiply<Bf16Terms::kOne>, multiply<Bf16Terms::kTwo>},
    .write_images = {write_rounded_images, write_split_images},
    .fetch = fetch_to_l2,
    .relu = relu_in_block,
    .multiply_by_relu_derivative = delta_in_block,
    .begin = [] {},
    .end = [] {}};

}  // namespace chainrule
#endif
