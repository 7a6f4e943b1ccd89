// Products by AMX's tiles. The instructions are allowed function by function, as in
// tiles_avx512.cc.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels/tile_configuration.h"
#include "kernels/tiles.h"
#include "kernels/tiles_avx512.h"
#include "kernels/tiles_units.h"
#include "kernels/wanted_lines.h"

#define CHAINRULE_AMX_TARGET target("avx512f,avx512bf16,amx-tile,amx-bf16")
#define CHAINRULE_AMX __attribute__((CHAINRULE_AMX_TARGET))
#define CHAINRULE_AMX_INLINE __attribute__((CHAINRULE_AMX_TARGET, always_inline)) inline

namespace chainrule {
namespace {

constexpr size_t kRowBytes = 64;  // of a tile in an image

// Tiles 0 to 3 are C, 4 and 5 of the left operand, 6 and 7 of the right one. Their numbers are part
// of the instructions.
CHAINRULE_AMX_INLINE void load_left(const uint16_t* image) {
  _tile_loadd(4, image, kRowBytes);
  _tile_loadd(5, image + kTileWords, kRowBytes);
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

CHAINRULE_AMX_INLINE void begin_block(const TileProduct& product, const float* c) {
  const size_t bytes = product.c_stride * sizeof(float);
  if (product.accumulate) {
    _tile_loadd(0, c, bytes);
    _tile_loadd(1, c + 16, bytes);
    _tile_loadd(2, c + 16 * product.c_stride, bytes);
    _tile_loadd(3, c + 16 * product.c_stride + 16, bytes);
  } else if (product.start != nullptr) {
    // A stride of 0: all rows are the same.
    constexpr size_t kSameRow = 0;
    _tile_loadd(0, product.start, kSameRow);
    _tile_loadd(1, product.start + 16, kSameRow);
    _tile_loadd(2, product.start, kSameRow);
    _tile_loadd(3, product.start + 16, kSameRow);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
}

CHAINRULE_AMX_INLINE void end_block(const TileProduct& product, float* c) {
  const size_t bytes = product.c_stride * sizeof(float);
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + 16, bytes);
  _tile_stored(2, c + 16 * product.c_stride, bytes);
  _tile_stored(3, c + 16 * product.c_stride + 16, bytes);
}

/// Configures the tiles and releases them at its end: another library in this thread may have
/// configured them otherwise, and a thread that sleeps with tiles in use is slow to switch.
template <Bf16Terms kTerms>
CHAINRULE_AMX void multiply(const TileProduct& product) {
  _tile_loadconfig(&kEightTiles);
  WantedLines wanted(product.wanted);
  const size_t lines = wanted.lines_each_of(product.blocks * product.depth);
  for (size_t block = 0; block < product.blocks; ++block) {
    const uint16_t* left = product.left + block * product.left_block;
    const uint16_t* right = product.right;
    float* c = product.c + block * kBlock * product.c_stride;
    begin_block(product, c);
    for (size_t k = 0; k < product.depth; ++k) {
      wanted.fetch(lines);
      load_left(left);
      if constexpr (kTerms == Bf16Terms::kTwo) {
        load_right(right + kLowWords);
        multiply_loaded();
      }
      load_right(right);
      multiply_loaded();
      if constexpr (kTerms == Bf16Terms::kTwo) {
        load_left(left + kLowWords);
        multiply_loaded();
      }
      left += image_words(kTerms);
      right += image_words(kTerms);
    }
    end_block(product, c);
  }
  _tile_release();
}

}  // namespace

const TileKernels kAmxTiles = {.name = "amx",
                               .multiply = {multiply<Bf16Terms::kOne>, multiply<Bf16Terms::kTwo>},
                               .write_images = {write_rounded_images, write_split_images}};

}  // namespace chainrule
#endif
