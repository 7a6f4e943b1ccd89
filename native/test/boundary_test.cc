// Random sequences of calls at the core's boundary: what the fuzzer of native/fuzz/ does, without
// its search. Each begins with bytes of its own, so a failure says which one to run again.
#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "../fuzz/target.h"

namespace chainrule {
namespace {

constexpr uint32_t kSequences = 3000;
constexpr size_t kMostBytes = 600;

TEST_CASE("random calls are right or refused by an Error, after which the network is the same") {
  for (uint32_t sequence = 0; sequence < kSequences; ++sequence) {
    CAPTURE(sequence);
    std::mt19937 random(sequence);
    std::vector<uint8_t> bytes(random() % kMostBytes);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    REQUIRE_NOTHROW(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
  }
}

}  // namespace
}  // namespace chainrule
