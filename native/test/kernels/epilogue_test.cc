// Products narrower than a vector, whose rows spill over into the next ones, and products that end
// with ReLU or its derivative.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "tables.h"

namespace chainrule {
namespace {

using test::close;
using test::derivative_of;
using test::for_each_table;
using test::GuardedArray;
using test::kNan;
using test::value_of;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A product's arrays. B and C extend to the end of a vector after their last rows, as a narrower
/// product requires, and are followed by a guard page.
struct Operands {
  Operands(const Kernels& kernels, size_t rows, size_t depth, size_t width, size_t c_stride)
      : rows(rows),
        depth(depth),
        width(width),
        c_stride(c_stride),
        a(rows * depth),
        b((depth - 1) * width + std::max(width, kernels.float_lanes)),
        c((rows - 1) * c_stride + std::max(width, kernels.float_lanes)),
        activations(c.size()),
        start(test::random_floats(c.size(), 54, 3)) {
    test::fill_random(a.data(), a.size(), 51);
    std::fill_n(b.data(), b.size(), kNan);
    test::fill_random(b.data(), depth * width, 52);
    test::fill_random(activations.data(), activations.size(), 53);
  }

  /// C (rows, width), without the gaps between its rows, added to `start` or written over NaN.
  std::vector<float> multiply(const Kernels& kernels, bool accumulate, Epilogue epilogue,
                              const Wanted& wanted) {
    for (size_t i = 0; i < c.size(); ++i) c[i] = accumulate ? start[i] : kNan;
    kernels.multiply({.rows = rows,
                      .depth = depth,
                      .width = width,
                      .a = a.data(),
                      .a_row = depth,
                      .a_depth = 1,
                      .b = b.data(),
                      .b_stride = width,
                      .c = c.data(),
                      .c_stride = c_stride,
                      .accumulate = accumulate,
                      .epilogue = epilogue,
                      .activations = activations.data(),
                      .wanted = wanted});
    std::vector<float> result;
    for (size_t r = 0; r < rows; ++r) {
      const float* row = c.data() + r * c_stride;
      result.insert(result.end(), row, row + width);
    }
    return result;
  }

  /// Element `i` of the product without an epilogue.
  double expected(size_t i, bool accumulate) const {
    const size_t row = i / width, col = i % width;
    double sum = accumulate ? static_cast<double>(start[row * c_stride + col]) : 0;
    for (size_t k = 0; k < depth; ++k) {
      sum += static_cast<double>(a[row * depth + k]) * static_cast<double>(b[k * width + col]);
    }
    return sum;
  }

  const size_t rows, depth, width, c_stride;
  GuardedArray a, b, c, activations;
  const std::vector<float> start;
};

TEST_CASE("products of every width below a vector, with rows adjacent or apart") {
  for_each_table([](const Kernels& kernels) {
    for (size_t width = 1; width < kernels.float_lanes; ++width) {
      for (const size_t rows : {1, 2, 5, 6, 7, 14, 15, 31}) {
        for (const size_t depth : {1, 2, 7, 64}) {
          for (const size_t stride : {width, width + 1, kernels.float_lanes + 3}) {
            Operands operands(kernels, rows, depth, width, stride);
            // When accumulating, a row must not spill into one that is still to be added to.
            for (const bool accumulate : {false, stride >= kernels.float_lanes}) {
              const std::vector<float> came =
                  operands.multiply(kernels, accumulate, Epilogue::kNone, {});
              for (size_t i = 0; i < came.size(); ++i) {
                if (!close(came[i], operands.expected(i, accumulate), 1e-5)) {
                  FAIL_CHECK(rows << " x " << depth << " x " << width << ", rows " << stride
                                  << " apart: " << came[i] << " at " << i);
                }
              }
            }
          }
        }
      }
    }
  });
}

/// Rows of infinities of either sign and of NaN, and unusual activations.
void put_extremes(Operands& operands) {
  const size_t depth = operands.depth;
  if (operands.rows > 3) {
    operands.a[1 * depth] = kNan;
    operands.a[2 * depth] = kInfinity;
    operands.a[3 * depth + depth - 1] = -kInfinity;
  }
  const float unusual[] = {0, -0.0f, kInfinity, -kInfinity, 1e-40f, kNan};
  for (size_t i = 0; i < operands.activations.size(); i += 5) {
    operands.activations[i] = unusual[i / 5 % 6];
  }
}

/// Bit for bit, except that all NaNs are equal.
bool same(float came, double expected) {
  return came == static_cast<float>(expected) || (std::isnan(came) && std::isnan(expected));
}

TEST_CASE("a product may end with ReLU or its derivative") {
  for_each_table([](const Kernels& kernels) {
    const size_t lanes = kernels.float_lanes, panel = kernels.panels.lanes;
    const std::vector<float> soon(100);
    const float* arrays[] = {soon.data(), soon.data() + 17};
    for (const size_t width : {size_t{1}, lanes / 2, lanes - 1, panel, 2 * panel}) {
      if (width == 0) continue;
      for (const size_t rows : {1, 4, 7, 15, 31}) {
        for (const size_t depth : {1, 9, 40}) {
          for (const size_t stride : {width, std::max(width, lanes) + 3}) {
            Operands operands(kernels, rows, depth, width, stride);
            put_extremes(operands);
            for (const bool accumulate : {false, stride >= lanes}) {
              const std::vector<float> plain =
                  operands.multiply(kernels, accumulate, Epilogue::kNone, {});
              for (const size_t wanted : {0, 2}) {
                const std::vector<float> relu = operands.multiply(
                    kernels, accumulate, Epilogue::kActivate, {{arrays, wanted}, 80});
                const std::vector<float> backward = operands.multiply(
                    kernels, accumulate, Epilogue::kMultiplyDerivative, {{arrays, wanted}, 80});
                size_t wrong = 0;
                for (size_t i = 0; i < plain.size(); ++i) {
                  const float a = operands.activations[i / width * stride + i % width];
                  const bool passes = derivative_of(Activation::kRelu, a, 0) > 0;
                  wrong += !close(plain[i], operands.expected(i, accumulate), 1e-5);
                  wrong += !same(relu[i], value_of(Activation::kRelu, plain[i], 0));
                  wrong += !same(backward[i], passes ? static_cast<double>(plain[i]) : 0);
                }
                CAPTURE(rows);
                CAPTURE(depth);
                CAPTURE(width);
                CAPTURE(stride);
                CAPTURE(accumulate);
                CAPTURE(wanted);
                CHECK(wrong == 0);
              }
            }
          }
        }
      }
    }
  });
}

TEST_CASE("ReLU at the end of a product keeps NaN and infinity apart") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t width : {size_t{1}, kernels.panels.lanes, 2 * kernels.panels.lanes}) {
      Operands operands(kernels, 4, 1, width, width);
      const float rows[] = {kNan, -kInfinity, kInfinity, -1};
      for (size_t r = 0; r < 4; ++r) operands.a[r] = rows[r];
      for (size_t j = 0; j < width; ++j) operands.b[j] = 1;
      const std::vector<float> came = operands.multiply(kernels, false, Epilogue::kActivate, {});
      for (size_t j = 0; j < width; ++j) {
        CHECK(std::isnan(came[j]));
        CHECK(came[width + j] == 0);
        CHECK(came[2 * width + j] == kInfinity);
        CHECK(came[3 * width + j] == 0);
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
