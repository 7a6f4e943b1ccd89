#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/spec.h"
#include "runtime/memory.h"

namespace chainrule {

/// What training changes: parameters and moments, all in the same layout.
struct State {
  AlignedArray<float> parameters;
  std::array<AlignedArray<float>, kMostMoments> moments;  // the first OptimizerSpec::moments()
  uint64_t step = 0;                                      // steps taken

  size_t bytes() const {
    size_t sum = parameters.bytes();
    for (const AlignedArray<float>& moment : moments) sum += moment.bytes();
    return sum;
  }
};

}  // namespace chainrule
