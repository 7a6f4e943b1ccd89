#include "gemm.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "support.h"

namespace chainrule {
namespace {

TEST_CASE("C = A B for every transposition, C overwritten without being read") {
  for (const size_t m : {1, 3, 17, 64}) {
    for (const size_t n : {1, 5, 16, 130}) {
      for (const size_t k : {1, 4, 33, 257}) {
        for (const bool ta : {false, true}) {
          for (const bool tb : {false, true}) {
            const std::vector<float> a = test::random_floats(m * k, 1);
            const std::vector<float> b = test::random_floats(k * n, 2);
            const size_t stride = n + 3;
            std::vector<float> c(m * stride, std::numeric_limits<float>::quiet_NaN());
            gemm(m, n, k, {a.data(), ta ? m : k, ta}, {b.data(), tb ? k : n, tb}, c.data(), stride);
            for (size_t i = 0; i < m; ++i) {
              for (size_t j = 0; j < stride; ++j) {
                CAPTURE(m);
                CAPTURE(n);
                CAPTURE(k);
                if (j >= n) {
                  CHECK(std::isnan(c[i * stride + j]));
                  continue;
                }
                double sum = 0;
                for (size_t p = 0; p < k; ++p) {
                  sum += static_cast<double>(ta ? a[p * m + i] : a[i * k + p]) *
                         static_cast<double>(tb ? b[j * k + p] : b[p * n + j]);
                }
                CHECK(test::close(c[i * stride + j], sum, 1e-7 * static_cast<double>(k) + 1e-6));
              }
            }
          }
        }
      }
    }
  }
}

// OpenBLAS's own allocator of packing buffers fails this within a second: see openblas_memory.cc.
TEST_CASE("threads that multiply at once do not disturb each other") {
  constexpr size_t kSize = 128, kDepth = 512, kThreads = 3, kRounds = 3000;
  std::vector<size_t> wrong(kThreads, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &wrong] {
      const std::vector<float> a = test::random_floats(kSize * kDepth, static_cast<uint32_t>(t));
      const std::vector<float> b =
          test::random_floats(kDepth * kSize, static_cast<uint32_t>(t + 9));
      std::vector<float> first(kSize * kSize), again(kSize * kSize);
      gemm(kSize, kSize, kDepth, {a.data(), kDepth}, {b.data(), kSize}, first.data(), kSize);
      for (size_t round = 0; round < kRounds; ++round) {
        gemm(kSize, kSize, kDepth, {a.data(), kDepth}, {b.data(), kSize}, again.data(), kSize);
        wrong[t] += std::memcmp(first.data(), again.data(), sizeof(float) * first.size()) != 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const size_t count : wrong) CHECK(count == 0);
}

TEST_CASE("the BLAS has a name") { CHECK(blas_description().find("OpenBLAS 0.") == 0); }

}  // namespace
}  // namespace chainrule
