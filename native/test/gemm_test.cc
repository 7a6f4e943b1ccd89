#include "gemm.h"

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

TEST_CASE("the BLAS has a name") { CHECK(blas_description().find("OpenBLAS 0.") == 0); }

}  // namespace
}  // namespace chainrule
