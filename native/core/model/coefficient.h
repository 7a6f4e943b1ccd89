#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace chainrule {

/// Coefficients of a step are computed in double and rounded once: kernels work in single
/// precision.

inline float single(double value) { return static_cast<float>(value); }

/// A positive epsilon, kept positive: denormals are zero inside a step, doubles included.
inline float positive(double epsilon) {
  return std::max(single(epsilon), std::numeric_limits<float>::min());
}

/// base^t for a base in [0, 1); 0 if 1 - base^t rounds to 1. By squaring, because the last bit of
/// std::pow depends on the system's library.
inline double power(double base, uint64_t t) {
  // base^t <= e^-((1 - base) t) < 2^-54
  if ((1 - base) * static_cast<double>(t) > 38) return 0;
  double result = 1;
  for (uint64_t left = t; left > 0; left >>= 1) {
    // Not a branch: the bits of t cannot be predicted.
    const double factors[] = {1, base};
    result *= factors[left & 1];
    base *= base;
  }
  return result;
}

}  // namespace chainrule
