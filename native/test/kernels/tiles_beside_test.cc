// What is done beside a block's product: every piece once, in order, when the sums of the block
// before are complete.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "kernels/tiles.h"
#include "runtime/memory.h"
#include "tables.h"
#include "tile_calls.h"

namespace chainrule {
namespace {

using Image = AlignedArray<uint16_t>;

/// Small numbers, so that sums are exact in any order.
Image image_of(size_t words, uint32_t seed) {
  Image image(words);
  for (size_t i = 0; i < words; ++i) {
    // 1, -1, 2, -2
    constexpr uint16_t kNumbers[] = {0x3f80, 0xbf80, 0x4000, 0xc000};
    seed = seed * 1664525 + 1013904223;
    image[i] = kNumbers[seed >> 30];
  }
  return image;
}

struct Shape {
  size_t blocks, depth, pieces;
};

using Steps = std::vector<std::pair<size_t, size_t>>;

/// All products. The sums of each block are taken beside the next one, those of the last at the
/// end.
struct Taken {
  std::vector<float> sums;
  Steps steps;
};

constexpr size_t kFirst = 1;  // place of C in use

Taken take(const TileKernels& kernels, Bf16Terms terms, const Shape& shape, size_t c_blocks) {
  const size_t words = image_words(terms);
  const Image left = image_of(shape.blocks * shape.depth * words, 1);
  const Image right = image_of(shape.depth * words, 2);
  AlignedArray<float> c(std::min(c_blocks, kFirst + shape.blocks) * kBlock * kBlock);
  Taken taken;
  const auto take_sums = [&](size_t block) {
    const float* sums = c.data() + (kFirst + block) % c_blocks * kBlock * kBlock;
    taken.sums.insert(taken.sums.end(), sums, sums + kBlock * kBlock);
  };
  const auto work = [&](size_t block, size_t piece) {
    taken.steps.emplace_back(block, piece);
    if (piece == 0 && block > 0) take_sums(block - 1);
  };
  test::multiply(kernels, terms,
                 {.blocks = shape.blocks,
                  .depth = shape.depth,
                  .left = left.data(),
                  .left_block = shape.depth * words,
                  .right = right.data(),
                  .c = c.data(),
                  .c_stride = kBlock,
                  .c_blocks = c_blocks,
                  .c_first = kFirst,
                  .beside = BesideBlock(shape.pieces, work)});
  take_sums(shape.blocks - 1);
  return taken;
}

TEST_CASE("the pieces beside a block see the complete sums before it, whatever the room of C") {
  const TileKernels& emulated = *tile_kernels(TileUnit::kEmulated);
  for (const TileUnit unit : {TileUnit::kEmulated, TileUnit::kVdpbf16, TileUnit::kAmx}) {
    const TileKernels* kernels = tile_kernels(unit);
    if (kernels == nullptr) continue;
    CAPTURE(std::string(kernels->name));
    for (const Bf16Terms terms : {Bf16Terms::kOne, Bf16Terms::kTwo}) {
      for (const Shape& shape : {Shape{1, 1, 1}, {1, 40, 5}, {2, 1, 8}, {3, 7, 3}, {5, 19, 8}}) {
        CAPTURE(shape.blocks);
        CAPTURE(shape.depth);
        Steps expected;
        for (size_t block = 0; block < shape.blocks; ++block) {
          for (size_t piece = 0; piece < shape.pieces; ++piece) expected.emplace_back(block, piece);
        }
        const Taken whole = take(emulated, terms, shape, SIZE_MAX);
        for (const size_t c_blocks : {size_t{2}, SIZE_MAX}) {
          const Taken taken = take(*kernels, terms, shape, c_blocks);
          CHECK(taken.steps == expected);
          CHECK(taken.sums == whole.sums);
        }
      }
    }
  }
}

}  // namespace
}  // namespace chainrule
