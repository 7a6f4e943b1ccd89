// Products of bf16 matrices: images, and the sums of every unit that this CPU has.
#include "kernels/tiles.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "runtime/cpu.h"
#include "runtime/memory.h"
#include "tables.h"
#include "tile_calls.h"

namespace chainrule {
namespace {

using test::GuardedArray;
using test::kNan;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr Bf16Terms kTerms[] = {Bf16Terms::kOne, Bf16Terms::kTwo};

using Image = AlignedArray<uint16_t>;

template <typename Check>
void for_each_unit(const Check& check) {
  for (const TileUnit unit : {TileUnit::kEmulated, TileUnit::kVdpbf16, TileUnit::kAmx}) {
    const TileKernels* kernels = tile_kernels(unit);
    if (kernels == nullptr) continue;
    CAPTURE(std::string(kernels->name));
    for (const Bf16Terms terms : kTerms) {
      CAPTURE(static_cast<int>(terms));
      check(*kernels, terms);
    }
  }
}

float value_of(uint16_t number) {
  const uint32_t bits = static_cast<uint32_t>(number) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// The nearest number with 8 significant bits, for values in bf16's range; ties to even.
float rounded(float value) {
  if (value == 0) return value;
  int exponent;
  const double fraction = std::frexp(static_cast<double>(value), &exponent);
  return static_cast<float>(std::ldexp(std::nearbyint(fraction * 256), exponent - 8));
}

/// Row `i` of a left image's block and `k` of its depth; the part is 0 for high, 1 for low.
float left_at(const Image& image, size_t part, size_t i, size_t k) {
  const size_t tile = i / 16;
  return value_of(image[part * 1024 + tile * 512 + i % 16 * 32 + k]);
}

float right_at(const Image& image, size_t part, size_t k, size_t j) {
  const size_t tile = j / 16;
  return value_of(image[part * 1024 + tile * 512 + k / 2 * 32 + j % 16 * 2 + k % 2]);
}

/// A matrix (rows, cols) with its images, block by block.
struct Operand {
  size_t rows, cols;
  std::vector<float> values;
  Image left, right;
  size_t down = (rows + 31) / 32, across = (cols + 31) / 32;

  Operand(const TileKernels& kernels, Bf16Terms terms, size_t height, size_t width,
          std::vector<float> numbers)
      : rows(height), cols(width), values(std::move(numbers)) {
    const size_t words = image_words(terms);
    left = Image(down * across * words);
    right = Image(down * across * words);
    for (size_t i = 0; i < down; ++i) {
      for (size_t j = 0; j < across; ++j) {
        const FloatBlock block = {std::min<size_t>(32, rows - 32 * i),
                                  std::min<size_t>(32, cols - 32 * j),
                                  values.data() + 32 * i * cols + 32 * j, cols};
        test::write_images(kernels, terms, block,
                           {.left = left.data() + (i * across + j) * words,
                            .right = right.data() + (j * down + i) * words});
      }
    }
  }
};

/// C of the first 32 columns of right.
std::vector<float> multiply(const TileKernels& kernels, Bf16Terms terms, const Operand& left,
                            const Operand& right, const float* start = nullptr,
                            const Wanted& wanted = {}) {
  std::vector<float> c(left.down * 32 * 32, 7);
  test::multiply(kernels, terms,
                 {.blocks = left.down,
                  .depth = left.across,
                  .left = left.left.data(),
                  .left_block = left.across * image_words(terms),
                  .right = right.right.data(),
                  .c = c.data(),
                  .c_stride = 32,
                  .start = start,
                  .wanted = wanted});
  return c;
}

TEST_CASE("images hold a block's numbers, rounded or split, and zeros around them") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    bool right_numbers = true, zeros = true;
    for (size_t rows = 1; rows <= 32; ++rows) {
      for (const size_t cols : {1, 2, 15, 16, 17, 31, 32}) {
        const bool ordered = (rows + cols) % 2 == 0 || (rows == 32 && cols == 32);
        std::vector<uint32_t> order(rows);
        for (size_t r = 0; r < rows; ++r) order[r] = static_cast<uint32_t>(rows - 1 - r);
        // The array ends at a guard page.
        GuardedArray from((rows - 1) * 33 + cols);
        test::fill_random(from.data(), from.size(), 5, 3);
        const size_t words = image_words(terms);
        Image left(words), left_transposed(words), right(words), right_transposed(words);
        for (Image* image : {&left, &left_transposed, &right, &right_transposed}) {
          std::fill_n(image->data(), words, uint16_t{0x7fc0});
        }
        const FloatBlock block = {rows, cols, from.data(), 33, ordered ? order.data() : nullptr};
        test::write_images(kernels, terms, block,
                           {.left = left.data(),
                            .left_transposed = left_transposed.data(),
                            .right = right.data(),
                            .right_transposed = right_transposed.data()});
        for (size_t part = 0; part < words / 1024; ++part) {
          for (size_t r = 0; r < 32; ++r) {
            for (size_t c = 0; c < 32; ++c) {
              const bool inside = r < rows && c < cols;
              const float x = inside ? from[(ordered ? order[r] : r) * 33 + c] : 0;
              const float expected = part == 0 ? rounded(x) : rounded(x - rounded(x));
              const bool same = left_at(left, part, r, c) == expected &&
                                left_at(left_transposed, part, c, r) == expected &&
                                right_at(right, part, r, c) == expected &&
                                right_at(right_transposed, part, c, r) == expected;
              (inside ? right_numbers : zeros) &= same;
            }
          }
        }
      }
    }
    CHECK(right_numbers);
    CHECK(zeros);
  });
}

TEST_CASE("high and low together keep 16 significant bits") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    if (terms != Bf16Terms::kTwo) return;
    const std::vector<float> values = test::random_floats(1024, 6, 1000);
    const Operand operand(kernels, terms, 32, 32, values);
    double worst = 0;
    for (size_t i = 0; i < 1024; ++i) {
      const double sum = static_cast<double>(left_at(operand.left, 0, i / 32, i % 32)) +
                         left_at(operand.left, 1, i / 32, i % 32);
      worst = std::max(worst, std::fabs(sum - values[i]) / std::fabs(values[i]));
    }
    CHECK(worst <= std::ldexp(1, -16));
    CHECK(worst > std::ldexp(1, -19));
  });
}

/// TDPBF16PS: both sums of a tile's 16 pairs, then C.
float add_as_amx(float c, const float* a, const float* b) {
  float even = 0, odd = 0;
  for (size_t k = 0; k < 32; k += 2) {
    even = std::fma(a[k], b[k], even);
    odd = std::fma(a[k + 1], b[k + 1], odd);
  }
  return c + (even + odd);
}

/// VDPBF16PS: into C, the odd number of each pair first.
float add_as_vdpbf16(float c, const float* a, const float* b) {
  for (size_t k = 0; k < 32; k += 2) {
    c = std::fma(a[k + 1], b[k + 1], c);
    c = std::fma(a[k], b[k], c);
  }
  return c;
}

/// An element of a product by the instruction's rule.
float by_rule(bool vdpbf16, Bf16Terms terms, const Operand& left, const Operand& right, size_t row,
              size_t col, float c) {
  for (size_t step = 0; step < left.across; ++step) {
    // Of the parts of each operand: high low, high high, low high.
    for (const auto& [p, q] : {std::pair{0, 1}, std::pair{0, 0}, std::pair{1, 0}}) {
      if (terms == Bf16Terms::kOne && p + q > 0) continue;
      float a[32], b[32];
      for (size_t i = 0; i < 32; ++i) {
        const size_t k = 32 * step + i;
        const float x = k < left.cols ? left.values[row * left.cols + k] : 0;
        const float y = k < left.cols ? right.values[k * right.cols + col] : 0;
        a[i] = p == 0 ? rounded(x) : rounded(x - rounded(x));
        b[i] = q == 0 ? rounded(y) : rounded(y - rounded(y));
      }
      c = vdpbf16 ? add_as_vdpbf16(c, a, b) : add_as_amx(c, a, b);
    }
  }
  return c;
}

TEST_CASE("a unit's sums are, bit for bit, those of its instruction's rule") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    const bool vdpbf16 = std::string(kernels.name) == "vdpbf16";
    const std::vector<float> start = test::random_floats(32, 11, 2);
    for (const size_t depth : {1, 31, 32, 33, 100}) {
      for (const size_t rows : {1, 17, 70}) {
        const Operand left(kernels, terms, rows, depth, test::random_floats(rows * depth, 7));
        const Operand right(kernels, terms, depth, 20, test::random_floats(depth * 20, 8));
        const std::vector<float> c = multiply(kernels, terms, left, right, start.data());
        bool same = true;
        for (size_t r = 0; r < rows; ++r) {
          for (size_t j = 0; j < 20; ++j) {
            same = same && bits_of(c[r * 32 + j]) ==
                               bits_of(by_rule(vdpbf16, terms, left, right, r, j, start[j]));
          }
        }
        CAPTURE(depth);
        CAPTURE(rows);
        CHECK(same);
      }
    }
  });
}

TEST_CASE("a product is as exact as its terms") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    const double bound = std::ldexp(1, terms == Bf16Terms::kOne ? -8 : -15);
    double worst = 0;
    for (const size_t depth : {5, 300, 2000}) {
      const Operand left(kernels, terms, 40, depth, test::random_floats(40 * depth, 9));
      const Operand right(kernels, terms, depth, 32, test::random_floats(depth * 32, 10));
      const std::vector<float> c = multiply(kernels, terms, left, right);
      for (size_t r = 0; r < 40; ++r) {
        for (size_t j = 0; j < 32; ++j) {
          double sum = 0, size = 0;
          for (size_t k = 0; k < depth; ++k) {
            const double term =
                static_cast<double>(left.values[r * depth + k]) * right.values[k * 32 + j];
            sum += term;
            size += std::fabs(term);
          }
          worst = std::max(worst, std::fabs(c[r * 32 + j] - sum) / size);
        }
      }
    }
    CHECK(worst < bound);
    // Two terms are not one.
    CHECK(worst > bound / 1024);
  });
}

TEST_CASE("a product in parts that accumulate, and in blocks, has the same bits") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    const size_t words = image_words(terms);
    const Operand left(kernels, terms, 96, 160, test::random_floats(96 * 160, 12));
    const Operand right(kernels, terms, 160, 32, test::random_floats(160 * 32, 13));
    const std::vector<float> whole = multiply(kernels, terms, left, right);
    std::vector<float> parts(96 * 40);
    for (size_t block = 0; block < 3; ++block) {
      for (const auto& [first, depth] : {std::pair{0, 2}, std::pair{2, 1}, std::pair{3, 2}}) {
        test::multiply(kernels, terms,
                       {.blocks = 1,
                        .depth = static_cast<size_t>(depth),
                        .left = left.left.data() + (block * 5 + first) * words,
                        .left_block = 0,
                        .right = right.right.data() + first * words,
                        .c = parts.data() + block * 32 * 40,
                        .c_stride = 40,
                        .accumulate = first > 0});
      }
    }
    bool same = true;
    for (size_t r = 0; r < 96; ++r) {
      same = same && std::memcmp(&whole[r * 32], &parts[r * 40], 32 * sizeof(float)) == 0;
    }
    CHECK(same);
  });
}

TEST_CASE("a product over tiles that prefetches has the same bits") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    const Operand left(kernels, terms, 64, 96, test::random_floats(64 * 96, 14));
    const Operand right(kernels, terms, 96, 32, test::random_floats(96 * 32, 15));
    const std::vector<float> plain = multiply(kernels, terms, left, right);
    // A cache line, less than one, and more lines than the depth has steps.
    for (const size_t floats : {1, 16, 17, 4000}) {
      GuardedArray first(floats), second(floats);
      const float* arrays[] = {first.data(), second.data()};
      CHECK(multiply(kernels, terms, left, right, nullptr, {arrays, floats}) == plain);
    }
  });
}

TEST_CASE("NaN and infinity in any lane of an operand never end as a finite number") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    bool lost = false, spread = false;
    for (size_t at = 0; at < 32 * 32; at += 11) {
      for (const float bad : {kNan, kInfinity, -kInfinity, 3.4e38f}) {
        for (const bool in_left : {true, false}) {
          std::vector<float> values = test::random_floats(1024, 14);
          values[at] = bad;
          const std::vector<float> ones(1024, 1);
          const Operand left(kernels, terms, 32, 32, in_left ? values : ones);
          const Operand right(kernels, terms, 32, 32, in_left ? ones : values);
          const std::vector<float> c = multiply(kernels, terms, left, right);
          for (size_t i = 0; i < 1024; ++i) {
            const bool touched = in_left ? i / 32 == at / 32 : i % 32 == at % 32;
            (touched ? lost : spread) |= touched == std::isfinite(c[i]);
            if (touched && std::isnan(bad)) lost |= !std::isnan(c[i]);
          }
        }
      }
    }
    CHECK_FALSE(lost);
    CHECK_FALSE(spread);
  });
}

TEST_CASE("denormal numbers count as zero in a product, and are never its result") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    const std::vector<float> tiny(1024, 1e-39f), big(1024, 1e30f), small(1024, 1e-22f);
    const auto product = [&](const std::vector<float>& a, const std::vector<float>& b,
                             const float* start) {
      const Operand left(kernels, terms, 32, 32, a), right(kernels, terms, 32, 32, b);
      const std::vector<float> c = multiply(kernels, terms, left, right, start);
      return *std::max_element(c.begin(), c.end());
    };
    const ScopedFlushDenormals flush;  // as in a step
    CHECK(product(tiny, big, nullptr) == 0);
    CHECK(product(small, small, nullptr) == 0);
    CHECK(product(tiny, tiny, tiny.data()) == 0);
    CHECK(product(big, small, nullptr) > 1e9f);
  });
}

TEST_CASE("the caller's mode of rounding does not matter to a product of bf16 terms") {
  for_each_unit([](const TileKernels& kernels, Bf16Terms terms) {
    if (std::string(kernels.name) == "emulated" || terms == Bf16Terms::kTwo) return;
    const auto product = [&, terms = terms] {
      const Operand left(kernels, terms, 32, 64, test::random_floats(32 * 64, 15));
      const Operand right(kernels, terms, 64, 32, test::random_floats(64 * 32, 16));
      return multiply(kernels, terms, left, right);
    };
    const std::vector<float> nearest = product();
    for (const int mode : {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
      std::fesetround(mode);
      const std::vector<float> other = product();
      std::fesetround(FE_TONEAREST);
      CHECK(std::memcmp(nearest.data(), other.data(), nearest.size() * sizeof(float)) == 0);
    }
  });
}

}  // namespace
}  // namespace chainrule
