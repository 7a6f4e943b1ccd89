// Products and images of the CPU's units, bit for bit beside the emulated ones: all numbers that
// there are, also those that are not finite.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "../amx.h"
#include "kernels/tiles.h"
#include "runtime/cpu.h"
#include "runtime/memory.h"
#include "tables.h"
#include "tile_calls.h"

namespace chainrule {
namespace {

using Image = AlignedArray<uint16_t>;

uint16_t high_half(uint32_t word) { return static_cast<uint16_t>(word >> 16); }

/// What an image is filled with, from random words.
enum class Numbers { kUsual, kAnySize, kAnyBits };

/// Numbers in [-1, 1), of any exponent, or any bits: NaN, infinities, denormals, zeros.
float number_of(Numbers numbers, uint32_t word) {
  if (numbers == Numbers::kUsual) return static_cast<float>(word >> 8) / 8388608.0f - 1.0f;
  uint32_t bits = word;
  if (numbers == Numbers::kAnySize) bits = (word & 0x807fffff) | ((1 + word % 254) << 23);
  // Among any bits, one in 16 has the largest exponent or the smallest.
  if (numbers == Numbers::kAnyBits && word % 16 == 0) bits |= 0x7f800000;
  if (numbers == Numbers::kAnyBits && word % 16 == 1) bits &= ~0x7f800000u;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

std::vector<float> numbers_of(Numbers numbers, size_t size, uint32_t what) {
  std::vector<float> values(size);
  test::for_each_random_word(what, Stream::kInitialisation, 0, size, [&](size_t i, uint32_t word) {
    values[i] = number_of(numbers, word);
  });
  return values;
}

Image words_of(Numbers numbers, size_t size, uint32_t what) {
  Image image(size);
  const std::vector<float> values = numbers_of(numbers, size, what);
  for (size_t i = 0; i < size; ++i) {
    uint32_t bits;
    std::memcpy(&bits, &values[i], sizeof(bits));
    image[i] = high_half(bits);
  }
  return image;
}

/// Places where the bits of two arrays differ. Only NaN is the same as NaN: which one comes out
/// depends on the order of an instruction's operands.
size_t differences(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  size_t found = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    found += std::memcmp(&a[i], &b[i], sizeof(float)) != 0;
  }
  return found;
}

enum class Start { kZero, kRow, kAccumulate };

struct Shape {
  size_t blocks, depth, gap, c_stride;
};

/// C after a product of random images, with what lies between its rows.
std::vector<float> product_of(const TileKernels& kernels, Bf16Terms terms, const Shape& shape,
                              Numbers numbers, Start start) {
  const size_t words = image_words(terms);
  const size_t left_block = (shape.depth + shape.gap) * words;
  const Image left = words_of(numbers, shape.blocks * left_block, 21);
  const Image right = words_of(numbers, shape.depth * words, 22);
  std::vector<float> c = numbers_of(numbers, shape.blocks * kBlock * shape.c_stride, 23);
  const std::vector<float> row = numbers_of(numbers, kBlock, 24);
  test::multiply(kernels, terms,
                 {.blocks = shape.blocks,
                  .depth = shape.depth,
                  .left = left.data(),
                  .left_block = left_block,
                  .right = right.data(),
                  .c = c.data(),
                  .c_stride = shape.c_stride,
                  .start = start == Start::kRow ? row.data() : nullptr,
                  .accumulate = start == Start::kAccumulate});
  return c;
}

TEST_CASE("AMX's products have emulated's bits") {
  if (!test::has_amx_or_skips()) return;
  const TileKernels* amx = tile_kernels(TileUnit::kAmx);
  REQUIRE(amx != nullptr);
  const TileKernels& emulated = *tile_kernels(TileUnit::kEmulated);
  for (const Bf16Terms terms : {Bf16Terms::kOne, Bf16Terms::kTwo}) {
    for (const Shape& shape : {Shape{1, 1, 0, 32}, Shape{1, 5, 0, 32}, Shape{2, 3, 2, 40},
                               Shape{3, 2, 1, 33}, Shape{4, 1, 0, 100}}) {
      for (const Numbers numbers : {Numbers::kUsual, Numbers::kAnySize, Numbers::kAnyBits}) {
        for (const Start start : {Start::kZero, Start::kRow, Start::kAccumulate}) {
          CAPTURE(static_cast<int>(terms));
          CAPTURE(shape.blocks);
          CAPTURE(static_cast<int>(numbers));
          CAPTURE(static_cast<int>(start));
          CHECK(differences(product_of(*amx, terms, shape, numbers, start),
                            product_of(emulated, terms, shape, numbers, start)) == 0);
        }
      }
    }
  }
}

/// The four images of a block, one after another.
std::vector<uint16_t> images_of(const TileKernels& kernels, Bf16Terms terms,
                                const FloatBlock& block) {
  const size_t words = image_words(terms);
  Image images(4 * words);
  test::write_images(kernels, terms, block,
                     {.left = images.data(),
                      .left_transposed = images.data() + words,
                      .right = images.data() + 2 * words,
                      .right_transposed = images.data() + 3 * words});
  return {images.data(), images.data() + 4 * words};
}

TEST_CASE("images have the same bits by every unit, whatever the numbers") {
  const ScopedFlushDenormals flush;  // as in a step
  const TileKernels& emulated = *tile_kernels(TileUnit::kEmulated);
  for (const TileUnit unit : {TileUnit::kVdpbf16, TileUnit::kAmx}) {
    const TileKernels* kernels = tile_kernels(unit);
    if (kernels == nullptr) continue;
    CAPTURE(std::string(kernels->name));
    for (const Numbers numbers : {Numbers::kUsual, Numbers::kAnySize, Numbers::kAnyBits}) {
      const std::vector<float> from = numbers_of(numbers, kBlock * 45, 25);
      for (const Bf16Terms terms : {Bf16Terms::kOne, Bf16Terms::kTwo}) {
        for (const auto& [rows, cols] : {std::pair{32, 32}, std::pair{31, 17}, std::pair{1, 32},
                                         std::pair{32, 1}, std::pair{9, 16}}) {
          const FloatBlock block = {static_cast<size_t>(rows), static_cast<size_t>(cols),
                                    from.data(), 45};
          CAPTURE(static_cast<int>(numbers));
          CAPTURE(static_cast<int>(terms));
          CAPTURE(cols);
          CHECK(images_of(*kernels, terms, block) == images_of(emulated, terms, block));
        }
      }
    }
  }
}

/// A block after relu, another one after its derivative, and that one's sums.
std::vector<float> relu_of(const TileKernels& kernels, size_t rows, Numbers numbers) {
  std::vector<float> z = numbers_of(numbers, kBlock * kBlock, 31);
  std::vector<float> delta = numbers_of(numbers, kBlock * kBlock, 32);
  std::vector<float> sums(kBlock);
  const Image a = words_of(numbers, image_words(Bf16Terms::kOne), 33);
  kernels.relu(rows, z.data());
  kernels.multiply_by_relu_derivative(rows, delta.data(), a.data(), sums.data());
  z.insert(z.end(), delta.begin(), delta.end());
  z.insert(z.end(), sums.begin(), sums.end());
  return z;
}

TEST_CASE("ReLU and its derivative have the same bits by every unit, and keep what is no number") {
  const TileKernels& emulated = *tile_kernels(TileUnit::kEmulated);
  std::vector<float> z(kBlock * kBlock, -1.0f);
  z[3] = NAN;
  z[4] = INFINITY;
  z[5] = 2;
  for (const TileUnit unit : {TileUnit::kEmulated, TileUnit::kVdpbf16, TileUnit::kAmx}) {
    const TileKernels* kernels = tile_kernels(unit);
    if (kernels == nullptr) continue;
    CAPTURE(std::string(kernels->name));
    for (const size_t rows : {size_t{1}, size_t{17}, kBlock}) {
      for (const Numbers numbers : {Numbers::kUsual, Numbers::kAnySize, Numbers::kAnyBits}) {
        CHECK(differences(relu_of(*kernels, rows, numbers), relu_of(emulated, rows, numbers)) == 0);
      }
    }
    std::vector<float> a = z;
    CHECK(std::isnan(kernels->relu(kBlock, a.data())));
    CHECK(std::isnan(a[3]));
    CHECK(a[4] == INFINITY);
    CHECK(a[5] == 2);
    CHECK(std::count(a.begin(), a.end(), 0.0f) == kBlock * kBlock - 3);
    a.assign(kBlock * kBlock, 0.5f);
    a[7] = -4;
    CHECK(kernels->relu(2, a.data()) == doctest::Approx(63 * 0.25));
  }
}

TEST_CASE("ReLU's derivative is 1 where the image is above 0, and sums are over the rows") {
  std::vector<float> a(kBlock * kBlock);
  for (size_t i = 0; i < a.size(); ++i) a[i] = i % 3 == 0 ? 0.25f : i % 3 == 1 ? 0.0f : -3.0f;
  for (const TileUnit unit : {TileUnit::kEmulated, TileUnit::kVdpbf16, TileUnit::kAmx}) {
    const TileKernels* kernels = tile_kernels(unit);
    if (kernels == nullptr) continue;
    CAPTURE(std::string(kernels->name));
    for (const Bf16Terms terms : {Bf16Terms::kOne, Bf16Terms::kTwo}) {
      Image image(image_words(terms));
      test::write_images(*kernels, terms, {kBlock, kBlock, a.data(), kBlock},
                         {.left = image.data()});
      std::vector<float> delta(kBlock * kBlock, 2.0f), sums(kBlock, NAN);
      const float squares =
          kernels->multiply_by_relu_derivative(kBlock, delta.data(), image.data(), sums.data());
      float expected_squares = 0;
      for (size_t col = 0; col < kBlock; ++col) {
        float sum = 0;
        for (size_t row = 0; row < kBlock; ++row) {
          const float expected = a[row * kBlock + col] > 0 ? 2.0f : 0.0f;
          CHECK(delta[row * kBlock + col] == expected);
          sum += expected;
          expected_squares += expected * expected;
        }
        CHECK(sums[col] == sum);
      }
      CHECK(squares == expected_squares);
    }
  }
}

}  // namespace
}  // namespace chainrule
