#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

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

/// Likewise. Without memory for all of it, `to` stays what it was.
inline void copy_to(State& to, const State& from) {
  State fresh;  // the arrays that `to` lacks
  const auto prepare = [](AlignedArray<float>& array, size_t had, size_t wanted) {
    if (had != wanted) array = AlignedArray<float>(wanted);
  };
  prepare(fresh.parameters, to.parameters.size(), from.parameters.size());
  for (size_t i = 0; i < kMostMoments; ++i) {
    prepare(fresh.moments[i], to.moments[i].size(), from.moments[i].size());
  }
  const auto copy = [](AlignedArray<float>& array, AlignedArray<float>& prepared,
                       const AlignedArray<float>& values) {
    if (array.size() != values.size()) array = std::move(prepared);
    std::copy_n(values.data(), values.size(), array.data());
  };
  copy(to.parameters, fresh.parameters, from.parameters);
  for (size_t i = 0; i < kMostMoments; ++i) copy(to.moments[i], fresh.moments[i], from.moments[i]);
  to.step = from.step;
  to.is_tame = from.is_tame;
}

}  // namespace chainrule
