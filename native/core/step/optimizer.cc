#include "step/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

float single(double value) { return static_cast<float>(value); }

/// Keeps a positive epsilon positive: denormals are zero inside a step.
float positive(double epsilon) {
  return epsilon > 0 ? std::max(single(epsilon), std::numeric_limits<float>::min()) : 0;
}

/// base^t for a base in [0, 1) and a whole t; 0 if 1 - base^t rounds to 1. By squaring, because the
/// last bit of std::pow depends on the system's library.
double power(double base, double t) {
  // base^t <= e^-((1 - base) t) < 2^-54
  if ((1 - base) * t > 38) return 0;
  double result = 1;
  for (auto left = static_cast<uint64_t>(t); left > 0; left >>= 1) {
    // Not a branch: the bits of t cannot be predicted.
    const double factors[] = {1, base};
    result *= factors[left & 1];
    base *= base;
  }
  return result;
}

}  // namespace

Update::Update(const OptimizerSpec& spec, double learning_rate, uint64_t t) : kind_(spec.kind) {
  const double steps = static_cast<double>(t);
  switch (kind_) {
    case OptimizerKind::kSgd:
      step_ = single(learning_rate);
      break;
    case OptimizerKind::kMomentum:
      // v = mu v + g; p -= lr v, or with Nesterov's look-ahead p -= lr (g + mu v).
      momentum_ = {
          .decay = single(spec.momentum),
          .gain = 1,
          .gradient_step = spec.nesterov ? single(learning_rate) : 0,
          .velocity_step = single(spec.nesterov ? learning_rate * spec.momentum : learning_rate)};
      break;
    case OptimizerKind::kMomentumEma:
      // m = beta m + (1 - beta) g; p -= lr m / (1 - beta^t).
      momentum_ = {.decay = single(spec.beta),
                   .gain = single(1 - spec.beta),
                   .gradient_step = 0,
                   .velocity_step = single(learning_rate / (1 - power(spec.beta, steps)))};
      break;
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW: {
      // lr m^ / (sqrt(s^) + eps) with m^ = m / c1, s^ = s / c2 is (lr sqrt(c2) / c1) m over
      // (sqrt(s) + eps sqrt(c2)); and sqrt(s^ + eps) is sqrt(s + eps c2) / sqrt(c2).
      const double c1 = 1 - power(spec.beta1, steps);
      const double c2 = 1 - power(spec.beta2, steps);
      const bool inside = spec.epsilon_inside_sqrt;
      // epsilon-hat, of Kingma and Ba's faster form, is added to sqrt(s) without a correction.
      const double epsilon_scale = spec.epsilon_hat ? 1 : c2;
      const bool decays = kind_ == OptimizerKind::kAdamW;
      adam_ = {.beta1 = single(spec.beta1),
               .beta2 = single(spec.beta2),
               .rest1 = single(1 - spec.beta1),
               .rest2 = single(1 - spec.beta2),
               .step = single(learning_rate * std::sqrt(c2) / c1),
               .epsilon_inside = inside ? positive(spec.epsilon * epsilon_scale) : 0,
               .epsilon_outside = inside ? 0 : positive(spec.epsilon * std::sqrt(epsilon_scale)),
               .keep = decays ? single(1 - learning_rate * spec.weight_decay) : 1};
      break;
    }
    case OptimizerKind::kRmsprop:
      rmsprop_ = {.alpha = single(spec.alpha),
                  .rest = single(1 - spec.alpha),
                  .epsilon = positive(spec.epsilon),
                  .momentum = single(spec.momentum),
                  .step = single(learning_rate),
                  .centered = spec.centered};
      break;
  }
}

void Update::apply(const Kernels& kernels, const UpdateTile& tile) const {
  switch (kind_) {
    case OptimizerKind::kSgd:
      return kernels.sgd(tile, step_);
    case OptimizerKind::kMomentum:
    case OptimizerKind::kMomentumEma:
      return kernels.momentum(tile, momentum_);
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW:
      return kernels.adam(tile, adam_);
    case OptimizerKind::kRmsprop:
      return kernels.rmsprop(tile, rmsprop_);
  }
}

}  // namespace chainrule
