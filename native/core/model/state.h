#pragma once

#include <algorithm>
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
  bool is_tame = true;  // no moment exceeds OptimizerInfo::tame_moments

  size_t bytes() const {
    size_t sum = parameters.bytes();
    for (const AlignedArray<float>& moment : moments) sum += moment.bytes();
    return sum;
  }
};

/// Allocates `to` only the first time: a network may improve in every epoch.
inline void copy_to(AlignedArray<float>& to, const AlignedArray<float>& from) {
  if (to.size() != from.size()) to = AlignedArray<float>(from.size());
  std::copy_n(from.data(), from.size(), to.data());
}

inline void copy_to(State& to, const State& from) {
  copy_to(to.parameters, from.parameters);
  for (size_t i = 0; i < kMostMoments; ++i) copy_to(to.moments[i], from.moments[i]);
  to.step = from.step;
  to.is_tame = from.is_tame;
}

}  // namespace chainrule
