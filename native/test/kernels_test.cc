// Every kernel of every instruction set that this CPU has, against the formula in double: odd
// lengths, every misalignment, a page without access behind the array, a NaN in every lane.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "error.h"
#include "support.h"

namespace chainrule {
namespace {

using test::close;
using test::GuardedArray;

constexpr size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 100};
constexpr double kElementwise = 2e-6;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr Activation kElementwiseActivations[] = {Activation::kIdentity, Activation::kSigmoid,
                                                  Activation::kTanh, Activation::kRelu,
                                                  Activation::kLeakyRelu};

double value_of(Activation g, double z, double slope) {
  switch (g) {
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kRelu:
      return z <= 0 ? 0 : z;
    case Activation::kLeakyRelu:
      return z > 0 ? z : slope * z;
    default:
      return z;
  }
}

double derivative_of(Activation g, double a, double slope) {
  switch (g) {
    case Activation::kSigmoid:
      return a * (1 - a);
    case Activation::kTanh:
      return 1 - a * a;
    case Activation::kRelu:
      return a > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return a > 0 ? 1 : slope;
    default:
      return 1;
  }
}

/// Runs `check` for every table of kernels, named in what a failure prints.
template <typename Check>
void for_each_table(const Check& check) {
  for (const Kernels* kernels : supported_kernels()) {
    CAPTURE(kernels->name);
    check(*kernels);
  }
}

TEST_CASE("the tables are those of this CPU, best first, and can be named") {
  REQUIRE(supported_kernels().size() >= 1);
  CHECK(&kernels_named(nullptr) == supported_kernels().front());
  for (const Kernels* kernels : supported_kernels())
    CHECK(&kernels_named(kernels->name) == kernels);
  size_t lanes = std::numeric_limits<size_t>::max();
  for (const Kernels* kernels : supported_kernels()) {
    CHECK(kernels->float_lanes <= lanes);
    lanes = kernels->float_lanes;
  }
  CHECK_THROWS_AS(kernels_named("AVX9000"), Error);
}

TEST_CASE("activations are g(z), row by row of a tile") {
  for_each_table([](const Kernels& kernels) {
    for (const Activation g : kElementwiseActivations) {
      for (const size_t cols : kSizes) {
        const size_t rows = 3;
        const size_t stride = cols + 5;
        const float slope = 0.2f;
        GuardedArray z(stride * (rows - 1) + cols);
        test::fill_random(z.data(), z.size(), 1, 30);
        z[0] = 0;  // the kink
        const std::vector<float> before(z.data(), z.data() + z.size());
        kernels.activation(g)(rows, cols, stride, z.data(), slope);
        for (size_t i = 0; i < z.size(); ++i) {
          const bool inside = i % stride < cols;
          const double expected = inside ? value_of(g, before[i], slope) : before[i];
          CAPTURE(i);
          CHECK(close(z[i], expected, kElementwise));
        }
      }
    }
  });
}

TEST_CASE("extreme logits give the limits, and infinities stay apart from NaN") {
  const float extremes[] = {-std::numeric_limits<float>::infinity(),
                            -3e38f,
                            -1000,
                            -100,
                            -89,
                            -1e-40f,
                            -0.0f,
                            0,
                            1e-40f,
                            89,
                            100,
                            1000,
                            3e38f,
                            std::numeric_limits<float>::infinity()};
  for_each_table([&](const Kernels& kernels) {
    for (const Activation g : kElementwiseActivations) {
      std::vector<float> z(std::begin(extremes), std::end(extremes));
      kernels.activation(g)(1, z.size(), z.size(), z.data(), 0.1f);
      for (size_t i = 0; i < z.size(); ++i) {
        CAPTURE(extremes[i]);
        CHECK(close(z[i], value_of(g, extremes[i], 0.1f), kElementwise));
      }
    }
  });
}

TEST_CASE("a NaN stays a NaN in every lane and touches no other") {
  for_each_table([](const Kernels& kernels) {
    const size_t size = 3 * kernels.float_lanes + 1;
    for (const Activation g : kElementwiseActivations) {
      for (size_t lane = 0; lane < size; ++lane) {
        std::vector<float> z = test::random_floats(size, 3);
        z[lane] = kNan;
        kernels.activation(g)(1, size, size, z.data(), 0.1f);
        for (size_t i = 0; i < size; ++i) CHECK(std::isnan(z[i]) == (i == lane));
      }
    }
    for (size_t lane = 0; lane < size; ++lane) {
      std::vector<float> z = test::random_floats(2 * size, 4);
      z[lane] = kNan;
      kernels.activation(Activation::kSoftmax)(2, size, size, z.data(), 0);
      for (size_t i = 0; i < z.size(); ++i) CHECK(std::isnan(z[i]) == (i < size));
    }
  });
}

TEST_CASE("derivatives multiply delta, in place") {
  for_each_table([](const Kernels& kernels) {
    for (const Activation g : kElementwiseActivations) {
      for (const size_t cols : kSizes) {
        GuardedArray delta(2 * cols);
        GuardedArray a(2 * cols);
        test::fill_random(delta.data(), delta.size(), 5);
        test::fill_random(a.data(), a.size(), 6);
        a[0] = 0;
        const std::vector<float> before(delta.data(), delta.data() + delta.size());
        kernels.derivative(g)(2, cols, cols, delta.data(), a.data(), 0.3f);
        for (size_t i = 0; i < delta.size(); ++i) {
          CHECK(close(delta[i], before[i] * derivative_of(g, a[i], 0.3f), kElementwise));
        }
      }
    }
  });
}

TEST_CASE("products of every height, depth and stride, onto what there is or over it") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t vectors : {1, 2}) {
      const size_t width = vectors * kernels.panel_lanes;
      for (size_t rows = 1; rows <= 31; ++rows) {
        for (const size_t depth : {1, 2, 7, 64}) {
          for (const bool transposed : {false, true}) {
            const std::vector<float> a = test::random_floats(rows * depth, 21);
            const std::vector<float> b = test::random_floats(depth * (width + 1), 22);
            GuardedArray c(rows * width);
            for (const bool accumulate : {false, true}) {
              for (size_t i = 0; i < c.size(); ++i)
                c[i] = accumulate ? static_cast<float>(i) : kNan;
              kernels.multiply({.rows = rows,
                                .depth = depth,
                                .width = width,
                                .a = a.data(),
                                .a_row = transposed ? 1 : depth,
                                .a_depth = transposed ? rows : 1,
                                .b = b.data(),
                                .b_stride = width + 1,
                                .c = c.data(),
                                .c_stride = width,
                                .accumulate = accumulate});
              for (size_t i = 0; i < c.size(); ++i) {
                double sum = accumulate ? static_cast<double>(i) : 0;
                for (size_t k = 0; k < depth; ++k) {
                  const size_t at = transposed ? k * rows + i / width : i / width * depth + k;
                  sum += static_cast<double>(a[at]) *
                         static_cast<double>(b[k * (width + 1) + i % width]);
                }
                if (!close(c[i], sum, 1e-5)) FAIL_CHECK(rows << " x " << depth << " at " << i);
              }
            }
          }
        }
      }
    }
  });
}

TEST_CASE("an element of a product is the same bits in a tile of any height") {
  for_each_table([](const Kernels& kernels) {
    if (kernels.uses_blas) return;  // OpenBLAS does not promise it, and does not keep it
    const size_t rows = 29, depth = 50, width = 2 * kernels.panel_lanes;
    const std::vector<float> a = test::random_floats(rows * depth, 23);
    const std::vector<float> b = test::random_floats(depth * width, 24);
    const auto product = [&](size_t first, size_t count, float* c) {
      kernels.multiply({count, depth, width, a.data() + first * depth, depth, 1, b.data(), width, c,
                        width, false});
    };
    std::vector<float> whole(rows * width), parts(rows * width);
    product(0, rows, whole.data());
    for (size_t height = 1; height < rows; ++height) {
      for (size_t row = 0; row < rows; row += height) {
        product(row, std::min(height, rows - row), parts.data() + row * width);
      }
      CHECK(parts == whole);
    }
  });
}

TEST_CASE("a product that fetches what is wanted is the same bits") {
  for_each_table([](const Kernels& kernels) {
    const size_t width = 2 * kernels.panel_lanes;
    for (const size_t rows : {1, 5, 29}) {
      for (const size_t depth : {1, 7, 9, 100}) {
        const std::vector<float> a = test::random_floats(rows * depth, 31);
        const std::vector<float> b = test::random_floats(depth * width, 32);
        // A line, less than one, and more lines than the depth has steps.
        for (const size_t floats : {1, 16, 17, 4000}) {
          GuardedArray first(floats), second(floats);
          const float* arrays[] = {first.data(), second.data()};
          std::vector<float> plain(rows * width), fetching(rows * width);
          PanelProduct product = {rows,     depth, width,        a.data(), depth, 1,
                                  b.data(), width, plain.data(), width,    false};
          kernels.multiply(product);
          product.c = fetching.data();
          product.wanted = arrays;
          product.wanted_floats = floats;
          kernels.multiply(product);
          CHECK(fetching == plain);
        }
      }
    }
  });
}

TEST_CASE("a batch is gathered in its order, with a 1 behind every row") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      const size_t rows = 5;
      GuardedArray from(rows * cols);
      test::fill_random(from.data(), from.size(), 33);
      const std::vector<uint32_t> order = {4, 0, 4, 2, 1};
      for (const bool ordered : {false, true}) {
        // As many rows to come as are gathered, fewer, more, none.
        for (const size_t next : {5, 2, 20, 0}) {
          const std::vector<uint32_t> upcoming(next, 4);
          GuardedArray to(rows * (cols + 1));
          kernels.gather({.rows = rows,
                          .cols = cols,
                          .from = from.data(),
                          .order = ordered ? order.data() : nullptr,
                          .to = to.data(),
                          .stride = cols + 1,
                          .next = upcoming});
          for (size_t r = 0; r < rows; ++r) {
            const float* row = from.data() + (ordered ? order[r] : r) * cols;
            CHECK(std::equal(row, row + cols, to.data() + r * (cols + 1)));
            CHECK(to[r * (cols + 1) + cols] == 1);
          }
        }
      }
    }
  });
}

TEST_CASE("random words are Threefry's, from any block on and no more than are asked for") {
  for_each_table([](const Kernels& kernels) {
    const uint32_t key[2] = {11, 2};
    for (const size_t blocks : kSizes) {
      for (const uint32_t first : {0u, 3u, 4294967290u}) {
        std::vector<uint32_t> words(2 * blocks + 1, 77);
        kernels.random_words(key, first, 5, blocks, words.data());
        for (uint32_t b = 0; b < blocks; ++b) {
          const test::RandomBlock block = test::threefry2x32(key[0], key[1], first + b, 5);
          CHECK(words[2 * b] == block.word[0]);
          CHECK(words[2 * b + 1] == block.word[1]);
        }
        CHECK(words.back() == 77);
      }
    }
  });
}

TEST_CASE("rows gathered to their transpose, in order or out of it") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      for (const size_t rows : {1, 5, 16, 33}) {
        const size_t stride =
            (rows + kernels.float_lanes - 1) / kernels.float_lanes * kernels.float_lanes;
        GuardedArray from(40 * cols);
        test::fill_random(from.data(), from.size(), 26);
        std::vector<uint32_t> order;
        for (uint32_t r = 0; r < rows; ++r) order.push_back((7 * r + 39) % 40);
        for (const bool ordered : {false, true}) {
          GuardedArray to(cols * stride);
          std::fill_n(to.data(), to.size(), kNan);
          kernels.gather_transposed({.rows = rows,
                                     .cols = cols,
                                     .from = from.data(),
                                     .order = ordered ? order.data() : nullptr,
                                     .to = to.data(),
                                     .stride = stride,
                                     .next = order});
          for (size_t i = 0; i < to.size(); ++i) {
            const size_t r = i % stride;
            const size_t row = r < rows && ordered ? order[r] : r;
            CHECK(to[i] == (r < rows ? from[row * cols + i / stride] : 0));
          }
        }
      }
    }
  });
}

TEST_CASE("a transpose, with zeros behind it") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t rows : {1, 3, 4, 5, 16, 31, 32}) {
      for (const size_t cols : kSizes) {
        const size_t to_stride = (rows / kernels.float_lanes + 2) * kernels.float_lanes;
        GuardedArray from(rows * cols);
        test::fill_random(from.data(), from.size(), 25);
        GuardedArray to(cols * to_stride);
        std::fill_n(to.data(), to.size(), kNan);
        kernels.transpose(rows, cols, from.data(), cols, to.data(), to_stride);
        for (size_t i = 0; i < to.size(); ++i) {
          const size_t r = i % to_stride;
          CHECK(to[i] == (r < rows ? from[r * cols + i / to_stride] : 0));
        }
      }
    }
  });
}

TEST_CASE("softmax and its Jacobian") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      GuardedArray a(2 * cols);
      test::fill_random(a.data(), a.size(), 7, 50);
      std::vector<double> expected(a.data(), a.data() + a.size());
      for (size_t r = 0; r < 2; ++r) {
        double sum = 0;
        for (size_t j = 0; j < cols; ++j)
          sum += expected[r * cols + j] = std::exp(expected[r * cols + j]);
        for (size_t j = 0; j < cols; ++j) expected[r * cols + j] /= sum;
      }
      kernels.activation(Activation::kSoftmax)(2, cols, cols, a.data(), 0);
      for (size_t i = 0; i < a.size(); ++i) CHECK(close(a[i], expected[i], kElementwise));

      GuardedArray delta(2 * cols);
      test::fill_random(delta.data(), delta.size(), 8);
      const std::vector<float> before(delta.data(), delta.data() + delta.size());
      kernels.softmax_jacobian(2, cols, cols, delta.data(), a.data());
      for (size_t i = 0; i < delta.size(); ++i) {
        const size_t row = i / cols * cols;
        double mean = 0;
        for (size_t k = row; k < row + cols; ++k) mean += static_cast<double>(a[k]) * before[k];
        CHECK(close(delta[i], a[i] * (before[i] - mean), kElementwise));
      }
    }
  });
}

struct LossCase {
  std::vector<float> targets;
  std::vector<double> row_loss;
  std::vector<float> delta;
};

LossCase run_loss(LossKernel kernel, size_t rows, size_t cols, float* output,
                  std::vector<float> targets, const std::vector<int32_t>& labels,
                  const std::vector<float>& row_scale) {
  LossCase result{std::move(targets), std::vector<double>(rows), {}};
  GuardedArray delta(rows * cols);
  kernel({.rows = rows,
          .cols = cols,
          .stride = cols,
          .output = output,
          .targets = labels.empty() ? result.targets.data() : nullptr,
          .labels = labels.empty() ? nullptr : labels.data(),
          .row_scale = row_scale.data(),
          .delta = delta.data(),
          .row_loss = result.row_loss.data()});
  result.delta.assign(delta.data(), delta.data() + rows * cols);
  return result;
}

TEST_CASE("losses and their gradients at the output") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      // So many that narrow outputs fill a vector with rows and leave some over.
      const size_t rows = kernels.float_lanes + 3;
      GuardedArray z(rows * cols);
      test::fill_random(z.data(), z.size(), 9, 10);
      std::vector<float> y = test::random_floats(rows * cols, 10);
      for (float& target : y) target = std::fabs(target);
      std::vector<float> scale = test::random_floats(rows, 11);
      for (float& factor : scale) factor = std::fabs(factor);

      const LossCase half = run_loss(kernels.half_mse, rows, cols, z.data(), y, {}, scale);
      const LossCase mean = run_loss(kernels.mse, rows, cols, z.data(), y, {}, scale);
      const LossCase bce = run_loss(kernels.sigmoid_bce, rows, cols, z.data(), y, {}, scale);
      const LossCase soft =
          run_loss(kernels.softmax_cross_entropy, rows, cols, z.data(), y, {}, scale);
      std::vector<int32_t> labels;
      for (size_t r = 0; r < rows; ++r) labels.push_back(static_cast<int32_t>((7 * r + 1) % cols));
      const LossCase hard =
          run_loss(kernels.softmax_cross_entropy, rows, cols, z.data(), {}, labels, scale);

      for (size_t r = 0; r < rows; ++r) {
        double squares = 0, cross = 0, sum_exp = 0, y_sum = 0, max = z[r * cols];
        for (size_t j = 0; j < cols; ++j) max = std::fmax(max, z[r * cols + j]);
        for (size_t j = 0; j < cols; ++j) {
          const double zj = z[r * cols + j], yj = y[r * cols + j];
          squares += (zj - yj) * (zj - yj);
          cross += std::fmax(zj, 0) - zj * yj + std::log1p(std::exp(-std::fabs(zj)));
          sum_exp += std::exp(zj - max);
          y_sum += yj;
        }
        const double log_sum = max + std::log(sum_exp);
        double soft_loss = 0;
        for (size_t j = 0; j < cols; ++j)
          soft_loss += y[r * cols + j] * (log_sum - z[r * cols + j]);
        CHECK(close(half.row_loss[r], squares / 2, 1e-5));
        CHECK(close(mean.row_loss[r], squares / static_cast<double>(cols), 1e-5));
        CHECK(close(bce.row_loss[r], cross, 1e-5));
        CHECK(close(soft.row_loss[r], soft_loss, 1e-5));
        const size_t label = static_cast<size_t>(labels[r]);
        CHECK(close(hard.row_loss[r], log_sum - z[r * cols + label], 1e-6));
        for (size_t j = 0; j < cols; ++j) {
          const size_t i = r * cols + j;
          const double p = std::exp(z[i] - log_sum), s = scale[r];
          CHECK(close(half.delta[i], s * (z[i] - y[i]), kElementwise));
          CHECK(close(mean.delta[i], s * 2 * (z[i] - y[i]) / static_cast<double>(cols),
                      kElementwise));
          CHECK(close(bce.delta[i], s * (1 / (1 + std::exp(-z[i])) - y[i]), kElementwise));
          CHECK(close(soft.delta[i], s * (p * y_sum - y[i]), 1e-5));
          CHECK(close(hard.delta[i], s * (p - (j == label ? 1 : 0)), kElementwise));
        }
      }
    }
  });
}

TEST_CASE("losses of extreme logits are finite, and a NaN logit makes the loss NaN") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : {kernels.float_lanes + 1, 2 * kernels.float_lanes + 33}) {
      for (const float big : {100.0f, 1e4f, 1e30f, 3.4e38f}) {
        std::vector<float> z(cols, -big);
        z[cols - 1] = big;
        const LossCase worst =
            run_loss(kernels.softmax_cross_entropy, 1, cols, z.data(), {}, {0}, {1});
        CHECK(close(worst.row_loss[0], 2.0 * big, 1e-6));
        for (const float share : {0.0f, 0.5f, 1.0f}) {
          std::vector<float> soft(cols, 0);
          soft[0] = 1 - share;
          soft[cols - 1] = share;
          const LossCase shared =
              run_loss(kernels.softmax_cross_entropy, 1, cols, z.data(), soft, {}, {1});
          CHECK(close(shared.row_loss[0], 2.0 * (1 - share) * big, 1e-6));
        }
        std::vector<float> target(cols, 0);
        const LossCase bce = run_loss(kernels.sigmoid_bce, 1, cols, z.data(), target, {}, {1});
        CHECK(close(bce.row_loss[0], big, 1e-6));
        std::vector<float> wrong(cols, big);
        const LossCase all = run_loss(kernels.sigmoid_bce, 1, cols, wrong.data(), target, {}, {1});
        CHECK(close(all.row_loss[0], static_cast<double>(cols) * big, 1e-6));
      }
      for (size_t lane = 0; lane < cols; ++lane) {
        std::vector<float> z(cols, 1);
        z[lane] = kNan;
        const std::vector<float> target(cols, 0.5f);
        for (const LossKernel loss :
             {kernels.softmax_cross_entropy, kernels.sigmoid_bce, kernels.half_mse, kernels.mse}) {
          CHECK(std::isnan(run_loss(loss, 1, cols, z.data(), target, {}, {1}).row_loss[0]));
        }
      }
    }
  });
}

TEST_CASE("a row that is no number spoils no other row's loss") {
  for_each_table([](const Kernels& kernels) {
    const size_t rows = kernels.float_lanes + 1;
    for (const size_t cols : {size_t{3}, size_t{40}}) {
      const std::vector<float> target(rows * cols, 0.5f), scale(rows, 1);
      for (size_t bad = 0; bad < rows; ++bad) {
        std::vector<float> z(rows * cols, 1);
        z[bad * cols + 1] = kNan;
        for (const LossKernel loss :
             {kernels.softmax_cross_entropy, kernels.sigmoid_bce, kernels.half_mse, kernels.mse}) {
          const LossCase result = run_loss(loss, rows, cols, z.data(), target, {}, scale);
          for (size_t r = 0; r < rows; ++r) {
            CHECK(std::isnan(result.row_loss[r]) == (r == bad));
            for (size_t j = 0; j < cols; ++j) {
              if (r != bad) CHECK(std::isfinite(result.delta[r * cols + j]));
            }
          }
        }
      }
    }
  });
}

TEST_CASE("dropout leaves out what Threefry says and scales the rest, wherever a tile lies") {
  for_each_table([](const Kernels& kernels) {
    const DropoutMask mask{.key = {7, 260},
                           .step = 3,
                           .by_row = 40,
                           .by_col = 1,
                           .threshold = 0x40000000u,
                           .scale = 4.0f / 3};
    const std::vector<float> in = test::random_floats(6 * 40, 18);
    for (const Tile& tile :
         {Tile{0, 6, 0, 40}, Tile{2, 3, 16, 24}, Tile{5, 1, 3, 1}, Tile{1, 2, 7, 33}}) {
      std::vector<float> out(in.size(), -9);
      const size_t corner = tile.row * 40 + tile.col;
      kernels.dropout(mask, tile, 40, in.data() + corner, out.data() + corner);
      for (size_t r = 0; r < 6; ++r) {
        for (size_t u = 0; u < 40; ++u) {
          const size_t i = r * 40 + u;
          const bool inside = r >= tile.row && r < tile.row + tile.rows && u >= tile.col &&
                              u < tile.col + tile.cols;
          const uint32_t word = test::threefry2x32(7, 260, static_cast<uint32_t>(i), 3).word[0];
          const double expected = !inside ? -9 : word < 0x40000000u ? 0 : in[i] * 4.0 / 3;
          CHECK(close(out[i], expected, kElementwise));
        }
      }
    }
  });
}

TEST_CASE("optimizers update a tile and nothing around it") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t used : kSizes) {
      const size_t size = used + 3;
      const std::vector<float> weight = test::random_floats(size, 11);
      const std::vector<float> first = test::random_floats(size, 12);
      std::vector<float> second = test::random_floats(size, 13);
      for (float& s : second) s = std::fabs(s);
      const std::vector<float> gradient = test::random_floats(size, 14);
      const double clip = 0.5;

      const auto run = [&](auto&& apply) {
        std::vector<std::vector<float>> after = {weight, first, second};
        apply(UpdateTile{used, after[0].data(), after[1].data(), after[2].data(), gradient.data(),
                         static_cast<float>(clip)});
        return after;
      };
      const auto sgd = run([&](const UpdateTile& tile) { kernels.sgd(tile, 0.1f); });
      const MomentumCoefficients mc{0.9f, 0.8f, 0.05f, 0.1f};
      const auto momentum = run([&](const UpdateTile& tile) { kernels.momentum(tile, mc); });
      const AdamCoefficients ac{.beta1 = 0.9f,
                                .beta2 = 0.99f,
                                .rest1 = 0.1f,
                                .rest2 = 0.01f,
                                .step = 0.02f,
                                .epsilon_inside = 1e-3f,
                                .epsilon_outside = 2e-3f,
                                .keep = 0.999f};
      const auto adam = run([&](const UpdateTile& tile) { kernels.adam(tile, ac); });

      for (size_t i = 0; i < size; ++i) {
        CAPTURE(i);
        const double w = weight[i], m0 = first[i], s0 = second[i];
        if (i >= used) {
          for (const auto& after : {sgd, momentum, adam}) {
            CHECK(after[0][i] == weight[i]);
            CHECK(after[1][i] == first[i]);
            CHECK(after[2][i] == second[i]);
          }
          continue;
        }
        const double g = clip * gradient[i];
        CHECK(close(sgd[0][i], w - 0.1f * g, kElementwise));
        const double v = 0.9f * m0 + 0.8f * g;
        CHECK(close(momentum[1][i], v, kElementwise));
        CHECK(close(momentum[0][i], w - 0.05f * g - 0.1f * v, kElementwise));
        const double m = 0.9f * m0 + 0.1f * g, s = 0.99f * s0 + 0.01f * g * g;
        CHECK(close(adam[1][i], m, kElementwise));
        CHECK(close(adam[2][i], s, kElementwise));
        CHECK(close(adam[0][i], 0.999f * w - 0.02f * m / (std::sqrt(s + 1e-3f) + 2e-3f),
                    kElementwise));
      }
    }
  });
}

TEST_CASE("sums over tiles") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t cols : kSizes) {
      const size_t rows = 5, stride = cols + 2;
      GuardedArray a(stride * (rows - 1) + cols);
      test::fill_random(a.data(), a.size(), 15);
      double squares = 0;
      for (size_t j = 0; j < cols; ++j) {
        for (size_t r = 0; r < rows; ++r) {
          squares += static_cast<double>(a[r * stride + j]) * a[r * stride + j];
        }
      }
      CHECK(close(kernels.sum_of_squares(rows, cols, stride, a.data()), squares, 1e-5));
      std::vector<float> large(cols, 1e25f);
      CHECK(close(kernels.sum_of_squares(1, cols, cols, large.data()) / 1e50,
                  static_cast<double>(cols), 1e-5));
      GuardedArray y(rows * cols);
      test::fill_random(y.data(), y.size(), 16);
      const std::vector<float> before(y.data(), y.data() + y.size());
      kernels.add_scaled(rows, cols, 0.3f, a.data(), stride, y.data(), cols);
      for (size_t i = 0; i < y.size(); ++i) {
        CHECK(close(y[i], before[i] + 0.3 * a[i / cols * stride + i % cols], kElementwise));
      }
    }
  });
}

TEST_CASE("the first value that is not finite is found wherever it is") {
  for_each_table([](const Kernels& kernels) {
    for (const size_t size : kSizes) {
      GuardedArray x(size);
      test::fill_random(x.data(), size, 17, 3e38f);
      CHECK(kernels.first_non_finite(x.data(), size) == size);
      for (size_t i = 0; i < size; ++i) {
        for (const float bad : {kNan, HUGE_VALF, -HUGE_VALF}) {
          const float kept = x[i];
          x[i] = bad;
          CHECK(kernels.first_non_finite(x.data(), size) == i);
          x[i] = kept;
        }
      }
    }
    CHECK(kernels.first_non_finite(nullptr, 0) == 0);
  });
}

}  // namespace
}  // namespace chainrule
