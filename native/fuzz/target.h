#pragma once

#include <cstddef>
#include <cstdint>

/// What libFuzzer calls with bytes of its own, and core_test with random ones: a sequence of calls
/// at the core's boundary, after which the core holds as much memory as before.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);
