#pragma once

#include <array>
#include <cmath>

#include "model/optimizer.h"

namespace chainrule {

/// Bounds within which a step cannot overflow, so that it need not be tried out first. Tame moments
/// and a small gradient lead to tame moments, and change a weight by less than half the spacing of
/// floats at FLT_MAX, so that no finite weight becomes infinite. They are far above everything that
/// trains: a step outside of them costs time, not correctness.

// The largest change of a weight; half the spacing of floats at FLT_MAX is 1.01e31.
inline constexpr double kTameChange = 1e30;
// Of the gradient, and of the moments of each sort.
inline constexpr double kTameGradient = 1e15;
inline constexpr double kTameMean = 1e15;      // of g
inline constexpr double kTameSquares = 1e37;   // the mean of g^2
inline constexpr double kTameVelocity = 1e27;  // sums of g, or of g / (sqrt(s) + epsilon)
inline constexpr double kTameQuotient = 1e37;  // a number before it is multiplied by the step

/// The largest tame absolute value of each moment.
inline std::array<float, kMostMoments> tame_moments(const OptimizerSpec& spec) {
  const float mean = single(kTameMean), squares = single(kTameSquares);
  const float velocity = single(kTameVelocity);
  switch (spec.kind) {
    case OptimizerKind::kSgd:
      return {};
    case OptimizerKind::kMomentum:
    case OptimizerKind::kMomentumEma:
      return {velocity};
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW:
      return {mean, squares};
    case OptimizerKind::kRmsprop:
      return {squares, spec.momentum > 0 ? velocity : mean, mean};
  }
  return {};
}

/// Whether a step from tame moments is tame if no element of the gradient exceeds `gradient`. False
/// for NaN.
inline bool is_tame(const OptimizerSpec& spec, const Coefficients& of_step, double gradient) {
  if (!(gradient <= kTameGradient)) return false;
  const auto changes_by = [](double step, double by) {
    return by <= kTameQuotient && std::fabs(step) * by <= kTameChange;
  };
  switch (spec.kind) {
    case OptimizerKind::kSgd:
      return changes_by(of_step.sgd.step, kTameGradient);
    case OptimizerKind::kMomentum:
    case OptimizerKind::kMomentumEma: {
      const MomentumCoefficients& c = of_step.momentum;
      return c.decay * kTameVelocity + c.gain * kTameGradient <= kTameVelocity &&
             changes_by(c.gradient_step, kTameGradient) &&
             changes_by(c.velocity_step, kTameVelocity);
    }
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW: {
      const AdamCoefficients& c = of_step.adam;
      // The root is at least sqrt(epsilon_inside) + epsilon_outside, one of which is 0.
      const double most = c.epsilon_outside > 0 ? kTameMean / c.epsilon_outside
                                                : kTameMean / std::sqrt(c.epsilon_inside);
      return std::fabs(c.keep) <= 1 && changes_by(c.step, most);
    }
    case OptimizerKind::kRmsprop: {
      const RmspropCoefficients& c = of_step.rmsprop;
      const double most = kTameGradient / c.epsilon;
      if (c.momentum == 0) return changes_by(c.step, most);
      return c.momentum * kTameVelocity + most <= kTameVelocity &&
             changes_by(c.step, kTameVelocity);
    }
  }
  return false;
}

}  // namespace chainrule
