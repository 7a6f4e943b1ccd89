#pragma once

#include <cstddef>
#include <span>

namespace chainrule {

/// The most arrays that one product prefetches.
inline constexpr size_t kMostWanted = 32;

/// Arrays to prefetch while a product runs, `floats` of each.
struct Wanted {
  std::span<const float* const> arrays = {};
  size_t floats = 0;

  bool empty() const { return arrays.empty(); }
};

}  // namespace chainrule
