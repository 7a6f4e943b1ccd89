#include "runtime/memory.h"

#include <doctest/doctest.h>

#include <cstdint>

#include "runtime/error.h"

namespace chainrule {
namespace {

TEST_CASE("arrays are zeroed, lie on cache lines and are counted") {
  const int64_t bytes = memory_counters().bytes;
  const int64_t blocks = memory_counters().blocks;
  {
    AlignedArray<float> small(3);
    AlignedArray<double> large(1 << 20);
    for (size_t i = 0; i < large.size(); ++i) REQUIRE(large[i] == 0);
    CHECK(reinterpret_cast<uintptr_t>(small.data()) % 64 == 0);
    CHECK(reinterpret_cast<uintptr_t>(large.data()) % (2 << 20) == 0);
    CHECK(memory_counters().bytes == bytes + 12 + (8 << 20));
    CHECK(memory_counters().blocks == blocks + 2);
    const AlignedArray<float> moved = std::move(small);
    CHECK(small.data() == nullptr);
    CHECK(moved.size() == 3);
  }
  CHECK(memory_counters().bytes == bytes);
  CHECK(memory_counters().blocks == blocks);
}

TEST_CASE("memory that is not available is an error") {
  CHECK_THROWS_AS(AlignedArray<float>(size_t{1} << 58), Error);
}

}  // namespace
}  // namespace chainrule
