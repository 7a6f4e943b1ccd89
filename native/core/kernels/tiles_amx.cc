// Products by AMX's tiles. The instructions are allowed function by function, as in avx512_bf16.h.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels/images_avx512.h"
#include "kernels/tile_configuration.h"
#include "kernels/tiles.h"
#include "kernels/tiles_units.h"

#define CHAINRULE_AMX_TARGET target("avx512f,avx512bf16,amx-tile,amx-bf16")
#define CHAINRULE_AMX __attribute__((CHAINRULE_AMX_TARGET))
#define CHAINRULE_AMX_INLINE __attribute__((CHAINRULE_AMX_TARGET, always_inline)) inline

namespace chainrule {
namespace {

constexpr size_t kRowBytes = 64;  // of a tile in an image

// Tiles 0 to 3 are C, 4 and 5 of the left operand, 6 and 7 of the right one. Their numbers are part
// of the instructions.
//
// A left operand is read once for a right one that is read again: it goes by L1, as a stream.
CHAINRULE_AMX_INLINE void load_left(const uint16_t* image) {
  _tile_stream_loadd(4, image, kRowBytes);
  _tile_stream_loadd(5, image + kTileWords, kRowBytes);
}
CHAINRULE_AMX_INLINE void load_right(const uint16_t* image) {
  _tile_loadd(6, image, kRowBytes);
  _tile_loadd(7, image + kTileWords, kRowBytes);
}
CHAINRULE_AMX_INLINE void multiply_loaded() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

CHAINRULE_AMX_INLINE void begin_block(const float* c, size_t stride) {
  const size_t bytes = stride * sizeof(float);
  _tile_loadd(0, c, bytes);
  _tile_loadd(1, c + 16, bytes);
  _tile_loadd(2, c + 16 * stride, bytes);
  _tile_loadd(3, c + 16 * stride + 16, bytes);
}
/// Every row of the block starts with `row`, or with zeros.
CHAINRULE_AMX_INLINE void begin_block(const float* row) {
  if (row == nullptr) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    return;
  }
  // A stride of 0: all rows are the same.
  constexpr size_t kSameRow = 0;
  _tile_loadd(0, row, kSameRow);
  _tile_loadd(1, row + 16, kSameRow);
  _tile_loadd(2, row, kSameRow);
  _tile_loadd(3, row + 16, kSameRow);
}

CHAINRULE_AMX_INLINE void end_block(float* c, size_t stride) {
  const size_t bytes = stride * sizeof(float);
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + 16, bytes);
  _tile_stored(2, c + 16 * stride, bytes);
  _tile_stored(3, c + 16 * stride + 16, bytes);
}

template <Bf16Terms kTerms>
constexpr size_t kProducts = kTerms == Bf16Terms::kTwo ? 3 : 1;
/// Calls between() after each of kProducts<kTerms> products.
template <Bf16Terms kTerms, typename Between>
CHAINRULE_AMX_INLINE void add_products(const uint16_t* left, const uint16_t* right,
                                       const Between& between) {
  load_left(left);
  if constexpr (kTerms == Bf16Terms::kTwo) {
    load_right(right + kLowWords);
    multiply_loaded();
    between();
  }
  load_right(right);
  multiply_loaded();
  between();
  if constexpr (kTerms == Bf16Terms::kTwo) {
    load_left(left + kLowWords);
    multiply_loaded();
    between();
  }
}

/// Fetches nothing of `wanted`: lines on their way from L3 hold the buffers that loads from L2
/// need.
template <Bf16Terms kTerms>
CHAINRULE_AMX void multiply(const TileProduct& product) {
  constexpr size_t kWords = image_words(kTerms);
  const size_t pieces = product.beside.pieces();
  const size_t products = product.depth * kProducts<kTerms>;
  for (size_t block = 0; block < product.blocks; ++block) {
    const uint16_t* left = product.left + block * product.left_block;
    const uint16_t* right = product.right;
    float* c = product.c_of(block);
    if (product.accumulate) {
      begin_block(c, product.c_stride);
    } else {
      begin_block(product.start);
    }
    size_t pieces_done = 0, products_done = 0;
    const auto between = [&] {
      ++products_done;
      for (; pieces_done * products < products_done * pieces; ++pieces_done) {
        product.beside(block, pieces_done);
      }
    };
    for (size_t k = 0; k < product.depth; ++k, left += kWords, right += kWords) {
      add_products<kTerms>(left, right, between);
    }
    end_block(c, product.c_stride);
  }
}

/// Another library in this thread may have configured the tiles otherwise.
CHAINRULE_AMX void begin() { _tile_loadconfig(&kEightTiles); }
/// A thread that sleeps with tiles in use is slow to switch.
CHAINRULE_AMX void end() { _tile_release(); }

}  // namespace

const TileKernels kAmxTiles = {.name = "amx",
                               .left_words = kAmxLeftWords,
                               .right_words = kAmxRightWords,
                               .fetches_wanted = false,
                               .multiply = {multiply<Bf16Terms::kOne>, multiply<Bf16Terms::kTwo>},
                               .write_images = {write_rounded_images, write_split_images},
                               .fetch = fetch_to_l2,
                               .relu = relu_in_block,
                               .multiply_by_relu_derivative = delta_in_block,
                               .begin = begin,
                               .end = end};

}  // namespace chainrule
#endif
