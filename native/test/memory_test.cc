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

TEST_CASE("what would go beyond the limit is refused before it is allocated") {
  MemoryCounters& counters = memory_counters();
  const int64_t held = counters.bytes;
  counters.limit = held + 1'000'000;
  const int64_t allocations = counters.allocations;
  CHECK_THROWS_WITH_AS(AlignedArray<char>(1'000'001), doctest::Contains("memory limit is"), Error);
  CHECK_THROWS_WITH_AS(require_memory(3'000'000'000, "a network"),
                       doctest::Contains("no memory for a network: 3000 MB are needed"), Error);
  CHECK(counters.allocations == allocations);
  CHECK(counters.bytes == held);
  CHECK(AlignedArray<char>(1'000'000).size() == 1'000'000);
  // Below what is held already, too.
  counters.limit = held / 2;
  CHECK_THROWS_AS(AlignedArray<char>(1), Error);
  counters.limit = INT64_MAX;
}

}  // namespace
}  // namespace chainrule
