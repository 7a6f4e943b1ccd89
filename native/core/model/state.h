#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/memory.h"

namespace chainrule {

/// What training changes: parameters and moments, all in the one layout.
struct State {
  AlignedArray<float> parameters;
  AlignedArray<float> first_moment;   // or velocity; empty for sgd
  AlignedArray<float> second_moment;  // empty unless adam
  uint64_t step = 0;                  // steps taken

  size_t bytes() const { return parameters.bytes() + first_moment.bytes() + second_moment.bytes(); }
};

}  // namespace chainrule
