#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/beside_block.h"
#include "kernels/wanted.h"

namespace chainrule {

/// Products of bf16 matrices, in blocks of 32 x 32. An operand is not stored by rows but as images:
/// what a processor's tile unit loads for a block, 32 rows or columns of it and 32 of the depth.
/// Sums are float32.
///
/// A number is one bf16, rounded to nearest, or split into two, high + low, which keeps 16 of its
/// 24 significant bits; then a product is high low + high high + low high.

inline constexpr size_t kBlock = 32;

constexpr size_t blocks_of(size_t size) { return (size + kBlock - 1) / kBlock; }

/// How an operand's numbers become bf16.
enum class Bf16Terms : uint8_t {
  kOne,  // rounded
  kTwo,  // high + low
};

/// bf16 numbers in a tile of an image, and from a tile of high numbers to that of low ones.
inline constexpr size_t kTileWords = kBlock * kBlock / 2;
inline constexpr size_t kLowWords = 2 * kTileWords;

/// bf16 numbers in a block's image: two tiles, or two of high numbers and then two of low ones.
constexpr size_t image_words(Bf16Terms terms) {
  return terms == Bf16Terms::kOne ? kLowWords : 2 * kLowWords;
}

/// At most 32 x 32 floats, whose rows are `stride` floats apart.
struct FloatBlock {
  size_t rows, cols;
  const float* from;
  size_t stride;
  const uint32_t* order = nullptr;  // (rows): which rows; null: the first ones

  const float* row(size_t r) const { return from + (order == nullptr ? r : order[r]) * stride; }
};

/// Where a block's images go, each image_words() long and aligned to 64 bytes; null for one that is
/// not wanted. What the block does not fill are zeros.
///
/// A tile of a left operand has 16 rows, each with 32 of the depth. One of a right operand has 16
/// pairs of the depth, each with 16 columns of two numbers.
struct BlockImages {
  uint16_t* left = nullptr;              // a left operand, the depth along the block's columns
  uint16_t* left_transposed = nullptr;   // a left operand, the depth along the block's rows
  uint16_t* right = nullptr;             // a right operand, the depth along the block's rows
  uint16_t* right_transposed = nullptr;  // a right operand, the depth along the block's columns
};

/// C (32 blocks, 32) = left right: images of `depth` blocks each, which follow one another.
struct TileProduct {
  size_t blocks;  // of 32 rows
  size_t depth;   // in blocks
  const uint16_t* left;
  size_t left_block;  // bf16 numbers from one block of rows to the next
  const uint16_t* right;
  float* c;
  size_t c_stride;
  size_t c_blocks = SIZE_MAX;    // of 32 rows that C has room for, at least two, which take turns
  size_t c_first = 0;            // in turn
  const float* start = nullptr;  // (32): what every row's sums start with; null: zeros
  bool accumulate = false;       // sums start with C
  Wanted wanted = {};
  BesideBlock beside = {};

  float* c_of(size_t block) const { return c + (c_first + block) % c_blocks * kBlock * c_stride; }
};

/// One implementation of these. The order of every sum is fixed, so an element is the same bits in
/// any block, by any thread, and for any cut of the depth into products that accumulate. Denormal
/// numbers count as 0 and become 0.
///
/// A NaN or an infinity among the operands makes NaN or an infinity of every sum that it enters,
/// or NaN where infinity meets 0. Numbers above 3.39e38 round to infinity.
struct TileKernels {
  const char* name;
  // Of operands that are read again and again: a left one for one panel after another, a right one
  // for one block after another.
  size_t left_words;
  size_t right_words;
  bool fetches_wanted;  // whether multiply() prefetches TileProduct::wanted
  /// By Bf16Terms.
  void (*multiply[2])(const TileProduct& product);
  /// Half 0 or 1 of the images: rows [16 half, 16 half + 16) of the block in `left` and
  /// `right_transposed`, columns in the others.
  void (*write_images[2])(const FloatBlock& block, size_t half, const BlockImages& images);
  /// Brings floats to L2: their lines on the way do not hold the buffers of L1, which loads from L2
  /// need, for as long.
  void (*fetch)(const float* from, size_t floats);
  /// For the sums of a block, `rows` x 32 that follow each other, in place: a = relu(z), and
  /// delta (.) relu'(z), where `a` is A's image as a left operand; `sums` (32) become delta's over
  /// the rows. Both return a sum of squares.
  float (*relu)(size_t rows, float* block);
  float (*multiply_by_relu_derivative)(size_t rows, float* block, const uint16_t* a, float* sums);
  /// What a thread calls before and after its products.
  void (*begin)();
  void (*end)();
};

/// TileKernels::left_words and right_words of kernels that do not depend on where operands are.
inline constexpr size_t kAnyWords = SIZE_MAX;

/// The time between begin() and end(), in which the thread must not sleep.
class TileRegion {
 public:
  explicit TileRegion(const TileKernels& kernels) : kernels_(kernels) { kernels_.begin(); }
  ~TileRegion() { kernels_.end(); }
  TileRegion(const TileRegion&) = delete;
  TileRegion& operator=(const TileRegion&) = delete;

 private:
  const TileKernels& kernels_;
};

/// Instructions that multiply; kEmulated works on every CPU and gives kAmx's bits.
enum class TileUnit : uint8_t { kEmulated, kVdpbf16, kAmx };

/// The kernels of a unit, or null if it cannot be used here: see why_no_bf16_unit(). Asks the
/// system for the use of AMX's tiles.
const TileKernels* tile_kernels(TileUnit unit);

}  // namespace chainrule
