#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/tiles.h"
#include "kernels/tiles_units.h"
#include "runtime/cpu.h"
#include "runtime/cpu_features.h"

namespace chainrule {
namespace {

#if defined(__x86_64__)
#define CHAINRULE_WITH_FMA __attribute__((target("avx2,fma")))
#else
#define CHAINRULE_WITH_FMA
#endif

constexpr size_t kSide = 16;  // rows and columns of a tile

float to_float(uint16_t number) {
  const uint32_t bits = static_cast<uint32_t>(number) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// VCVTNE2PS2BF16: to nearest, ties to even.
uint16_t to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const uint32_t exponent = bits & 0x7f800000;
  if (exponent == 0) return static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// C (16, 16) += left right, as TDPBF16PS does: c + (sum of the even terms + sum of the odd ones).
[[gnu::always_inline]] inline void multiply_tiles(const uint16_t* left, const uint16_t* right,
                                                  float* c, size_t c_stride) {
  float wide[kSide][2][kSide];  // the right tile: pairs, even or odd, columns
  for (size_t pair = 0; pair < kSide; ++pair) {
    for (size_t col = 0; col < kSide; ++col) {
      wide[pair][0][col] = to_float(right[pair * kBlock + 2 * col]);
      wide[pair][1][col] = to_float(right[pair * kBlock + 2 * col + 1]);
    }
  }
  for (size_t row = 0; row < kSide; ++row) {
    float even[kSide] = {}, odd[kSide] = {};
    for (size_t pair = 0; pair < kSide; ++pair) {
      const float a = to_float(left[row * kBlock + 2 * pair]);
      const float b = to_float(left[row * kBlock + 2 * pair + 1]);
      for (size_t col = 0; col < kSide; ++col) {
        even[col] = __builtin_fmaf(a, wide[pair][0][col], even[col]);
        odd[col] = __builtin_fmaf(b, wide[pair][1][col], odd[col]);
      }
    }
    for (size_t col = 0; col < kSide; ++col) c[row * c_stride + col] += even[col] + odd[col];
  }
}

/// The four tiles of a block. `left` and `right`: the high or the low tiles of an image.
[[gnu::always_inline]] inline void multiply_images(const uint16_t* left, const uint16_t* right,
                                                   float* c, size_t c_stride) {
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 2; ++j) {
      multiply_tiles(left + kTileWords * i, right + kTileWords * j, c + kSide * (i * c_stride + j),
                     c_stride);
    }
  }
}

[[gnu::always_inline]] inline void multiply_blocks(const TileProduct& product, Bf16Terms terms) {
  const size_t words = image_words(terms);
  for (size_t block = 0; block < product.blocks; ++block) {
    product.beside.all(block);
    float* c = product.c_of(block);
    for (size_t row = 0; row < kBlock && !product.accumulate; ++row) {
      for (size_t col = 0; col < kBlock; ++col) {
        c[row * product.c_stride + col] = product.start == nullptr ? 0 : product.start[col];
      }
    }
    for (size_t k = 0; k < product.depth; ++k) {
      const uint16_t* left = product.left + block * product.left_block + k * words;
      const uint16_t* right = product.right + k * words;
      if (terms == Bf16Terms::kTwo) multiply_images(left, right + kLowWords, c, product.c_stride);
      multiply_images(left, right, c, product.c_stride);
      if (terms == Bf16Terms::kTwo) multiply_images(left + kLowWords, right, c, product.c_stride);
    }
  }
}

CHAINRULE_WITH_FMA void multiply_with_fma(const TileProduct& product, Bf16Terms terms) {
  multiply_blocks(product, terms);
}

template <Bf16Terms kTerms>
void multiply(const TileProduct& product) {
  const ScopedFlushDenormals flush;
  static const bool has_fma = cpu_has("avx2") && cpu_has("fma");
  has_fma ? multiply_with_fma(product, kTerms) : multiply_blocks(product, kTerms);
}

/// Puts a number, or its high and low parts, at place `at` of an image.
template <Bf16Terms kTerms>
void put(uint16_t* image, size_t at, float value) {
  if (image == nullptr) return;
  image[at] = to_bf16(value);
  if (kTerms == Bf16Terms::kTwo) image[kLowWords + at] = to_bf16(value - to_float(image[at]));
}

/// Of a left operand's image: row `i`, `k` of the depth.
size_t left_place(size_t i, size_t k) { return i * kBlock + k; }

/// Of a right operand's image: `k` of the depth, column `j`.
size_t right_place(size_t k, size_t j) {
  return j / kSide * kTileWords + k / 2 * kBlock + 2 * (j % kSide) + k % 2;
}

template <Bf16Terms kTerms>
void write_images(const FloatBlock& block, size_t half, const BlockImages& images) {
  const ScopedFlushDenormals flush;
  for (size_t r = 0; r < kBlock; ++r) {
    for (size_t c = 0; c < kBlock; ++c) {
      const bool inside = r < block.rows && c < block.cols;
      const float value = inside ? block.row(r)[c] : 0;
      if (r / kSide == half) {
        put<kTerms>(images.left, left_place(r, c), value);
        put<kTerms>(images.right_transposed, right_place(c, r), value);
      }
      if (c / kSide == half) {
        put<kTerms>(images.left_transposed, left_place(c, r), value);
        put<kTerms>(images.right, right_place(r, c), value);
      }
    }
  }
}

float relu_in_block(size_t rows, float* block) {
  float squares = 0;
  for (size_t i = 0; i < rows * kBlock; ++i) {
    block[i] = std::max(block[i], 0.0f);
    squares += block[i] * block[i];
  }
  return squares;
}

float delta_in_block(size_t rows, float* block, const uint16_t* a, float* sums) {
  float squares = 0;
  std::fill_n(sums, kBlock, 0.0f);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < kBlock; ++c) {
      float& delta = block[r * kBlock + c];
      if (static_cast<int16_t>(a[left_place(r, c)]) <= 0) delta = 0;
      sums[c] += delta;
      squares += delta * delta;
    }
  }
  return squares;
}

}  // namespace

const TileKernels kEmulatedTiles = {
    .name = "emulated",
    .left_words = kAmxLeftWords,
    .right_words = kAmxRightWords,
    .fetches_wanted = false,
    .multiply = {multiply<Bf16Terms::kOne>, multiply<Bf16Terms::kTwo>},
    .write_images = {write_images<Bf16Terms::kOne>, write_images<Bf16Terms::kTwo>},
    .fetch = [](const float*, size_t) {},
    .relu = relu_in_block,
    .multiply_by_relu_derivative = delta_in_block,
    .begin = [] {},
    .end = [] {}};

}  // namespace chainrule
