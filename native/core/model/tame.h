#pragma once

#include <cmath>

namespace chainrule {

/// Bounds within which a step cannot overflow, so that it need not be tried out first. Tame moments
/// and a small gradient lead to tame moments, and change a weight by less than half the spacing of
/// floats at FLT_MAX, so that no finite weight becomes infinite. They are far above everything that
/// trains: a step outside of them costs time, not correctness.

// The largest change of a weight; half the spacing of floats at FLT_MAX is 1.01e31.
inline constexpr double kTameChange = 1e30;
// Of the gradient, and of the moments of each sort.
inline constexpr double kTameGradient = 1e15;
inline constexpr float kTameMean = 1e15f;      // of g
inline constexpr float kTameSquares = 1e37f;   // the mean of g^2
inline constexpr float kTameVelocity = 1e27f;  // sums of g, or of g / (sqrt(s) + epsilon)
inline constexpr double kTameQuotient = 1e37;  // a number before it is multiplied by the step

/// Whether a step times a number of at most `most` is a tame change.
inline bool is_tame_change(float step, double most) {
  return most <= kTameQuotient && std::fabs(static_cast<double>(step)) * most <= kTameChange;
}

}  // namespace chainrule
