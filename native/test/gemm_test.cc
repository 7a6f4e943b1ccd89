#include "kernels/blas.h"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "support.h"

namespace chainrule {
namespace {

// OpenBLAS's own allocator of packing buffers fails this within a second: see openblas_memory.cc.
TEST_CASE("threads that multiply at once do not disturb each other") {
  constexpr size_t kSize = 128, kDepth = 80, kThreads = 6, kRounds = 8000;
  std::vector<size_t> wrong(kThreads, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &wrong] {
      const std::vector<float> a = test::random_floats(kSize * kDepth, static_cast<uint32_t>(t));
      const std::vector<float> b =
          test::random_floats(kDepth * kSize, static_cast<uint32_t>(t + 9));
      std::vector<float> first(kSize * kSize), again(kSize * kSize);
      const auto multiply = [&](std::vector<float>& c) {
        multiply_with_blas(
            {kSize, kDepth, kSize, a.data(), kDepth, 1, b.data(), kSize, c.data(), kSize, false});
      };
      multiply(first);
      for (size_t round = 0; round < kRounds; ++round) {
        multiply(again);
        wrong[t] += std::memcmp(first.data(), again.data(), sizeof(float) * first.size()) != 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const size_t count : wrong) CHECK(count == 0);
}

TEST_CASE("the BLAS has a name") {
#if defined(CHAINRULE_NO_BLAS)
  CHECK(blas_description() == "none");
#else
  CHECK(blas_description().find("OpenBLAS 0.") == 0);
#endif
}

// Also if OpenBLAS has no kernels that can run, or is absent.
TEST_CASE("a product with any strides, accumulating or overwriting") {
  constexpr size_t kRows = 5, kDepth = 7, kWidth = 6, kStride = 9;
  const std::vector<float> a = test::random_floats(kRows * kDepth, 1);
  const std::vector<float> b = test::random_floats(kDepth * kStride, 2);
  for (const bool transposed : {false, true}) {
    const size_t a_row = transposed ? 1 : kDepth;
    const size_t a_depth = transposed ? kRows : 1;
    for (const bool accumulate : {false, true}) {
      std::vector<float> c = test::random_floats(kRows * kStride, 3);
      const std::vector<float> before = c;
      multiply_with_blas({kRows, kDepth, kWidth, a.data(), a_row, a_depth, b.data(), kStride,
                          c.data(), kStride, accumulate});
      for (size_t row = 0; row < kRows; ++row) {
        for (size_t col = 0; col < kStride; ++col) {
          double sum = accumulate ? before[row * kStride + col] : 0.0;
          for (size_t k = 0; k < kDepth; ++k) {
            sum += static_cast<double>(a[row * a_row + k * a_depth]) * b[k * kStride + col];
          }
          const double expected = col < kWidth ? sum : before[row * kStride + col];
          CHECK(c[row * kStride + col] == doctest::Approx(expected).epsilon(1e-5));
        }
      }
    }
  }
}

}  // namespace
}  // namespace chainrule
