#include "kernels/blas.h"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

// OpenBLAS's own allocator of packing buffers fails this within a second: see openblas_memory.cc.
TEST_CASE("threads that multiply at once do not disturb each other") {
  if (!blas_may_run()) return;
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

TEST_CASE("a product with any strides, accumulating or overwriting") {
  if (!blas_may_run()) return;
  constexpr size_t kRows = 5, kDepth = 7, kWidth = 6, kStride = 9;
  const std::vector<float> a = test::random_floats(kRows * kDepth, 1);
  const std::vector<float> b = test::random_floats(kDepth * kStride, 2);
  for (int variant = 0; variant < 8; ++variant) {
    const bool accumulate = (variant & 1) != 0;
    const bool a_transposed = (variant & 2) != 0, b_transposed = (variant & 4) != 0;
    const size_t a_row = a_transposed ? 1 : kDepth, a_depth = a_transposed ? kRows : 1;
    const size_t b_stride = b_transposed ? kDepth : kStride;
    std::vector<float> c = test::random_floats(kRows * kStride, 3);
    const std::vector<float> before = c;
    multiply_with_blas({.rows = kRows,
                        .depth = kDepth,
                        .width = kWidth,
                        .a = a.data(),
                        .a_row = a_row,
                        .a_depth = a_depth,
                        .b = b.data(),
                        .b_stride = b_stride,
                        .c = c.data(),
                        .c_stride = kStride,
                        .accumulate = accumulate,
                        .b_transposed = b_transposed});
    for (size_t row = 0; row < kRows; ++row) {
      for (size_t col = 0; col < kStride; ++col) {
        double sum = accumulate ? before[row * kStride + col] : 0.0;
        for (size_t k = 0; k < kDepth; ++k) {
          const size_t at = b_transposed ? col * b_stride + k : k * b_stride + col;
          if (col < kWidth) sum += static_cast<double>(a[row * a_row + k * a_depth]) * b[at];
        }
        const double expected = col < kWidth ? sum : before[row * kStride + col];
        CHECK(c[row * kStride + col] == doctest::Approx(expected).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("OpenBLAS computes products where it may run and is asked to, and says why not") {
  const Kernels& best = kernels_named(nullptr, Gemm::kOwn);
  CHECK((best.gemm == Gemm::kOwn));
  if (best.has_vectors) CHECK(&kernels_named(nullptr) == &best);
  CHECK(blas_may_run() == why_blas_may_not_run().empty());
  for (const Kernels* own : supported_kernels()) {
    CHECK(&kernels_named(own->name, Gemm::kOwn) == own);
    if (blas_may_run()) {
      const Kernels& whole = kernels_named(own->name, Gemm::kOpenBlas);
      CHECK((whole.gemm == Gemm::kOpenBlas));
      CHECK(std::strcmp(whole.name, own->name) == 0);
    } else {
      CHECK_THROWS_AS(kernels_named(own->name, Gemm::kOpenBlas), Error);
    }
  }
}

}  // namespace
}  // namespace chainrule
