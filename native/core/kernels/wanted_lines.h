#pragma once

#include <hwy/cache_control.h>

#include <algorithm>

#include "kernels/wanted.h"

namespace chainrule {

/// Iterates over the cache lines of what is wanted.
class WantedLines {
 public:
  explicit WantedLines(const Wanted& wanted)
      : arrays_(wanted.arrays),
        lines_of_array_((wanted.floats + kLine - 1) / kLine),
        left_(arrays_.size() * lines_of_array_) {}

  /// Lines to fetch at each of so many turns, so that none is left.
  size_t lines_each_of(size_t turns) const { return turns == 0 ? 0 : (left_ + turns - 1) / turns; }
  /// Prefetches up to `count` of the lines left.
  HWY_INLINE void fetch(size_t count) {
    for (count = std::min(count, left_); count > 0; --count, --left_) {
      hwy::Prefetch(arrays_[array_] + line_ * kLine);
      if (++line_ == lines_of_array_) {
        line_ = 0;
        ++array_;
      }
    }
  }

 private:
  static constexpr size_t kLine = 64 / sizeof(float);
  std::span<const float* const> arrays_;
  size_t lines_of_array_;
  size_t left_;
  size_t array_ = 0;
  size_t line_ = 0;
};

}  // namespace chainrule
