#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "model/coefficient.h"
#include "model/kinds.h"
#include "model/tame.h"

namespace chainrule {

enum class OptimizerKind { kSgd, kMomentum, kMomentumEma, kAdam, kAdamW, kRmsprop };

/// An optimizer with its options; other kinds' options are ignored.
struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::kAdam;
  double learning_rate = 0.001;
  double clip_norm = 0;   // 0: no clipping
  double momentum = 0.9;  // of momentum and rmsprop
  bool nesterov = false;
  double beta = 0.9;  // of momentumEma
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_inside_sqrt = false;
  bool epsilon_hat = false;  // epsilon is outside the bias correction too
  double weight_decay = 0;
  double alpha = 0.99;    // of rmsprop
  bool centered = false;  // rmsprop divides by the standard deviation

  size_t moments() const;
};

/// An option of an optimizer, as src/ names it: a number or a truth value.
struct OptimizerField {
  const char* name;
  double OptimizerSpec::*number = nullptr;
  bool OptimizerSpec::*truth = nullptr;
};

/// The most moments that an optimizer has.
inline constexpr size_t kMostMoments = 3;

struct SgdCoefficients {
  float step;  // the learning rate
};

/// v = decay * v + gain * g; p -= gradient_step * g + velocity_step * v. Momentum, Nesterov
/// momentum and the bias-corrected moving average are three settings of this rule.
struct MomentumCoefficients {
  float decay;
  float gain;
  float gradient_step;
  float velocity_step;
};

/// Adam with both bias corrections folded into two scalars, one square root and one division:
/// p = keep * p - step * m / (sqrt(s + epsilon_inside) + epsilon_outside).
struct AdamCoefficients {
  float beta1;
  float beta2;
  float rest1;  // 1 - beta1, rounded once: 1.0f - float(beta2) is off by 1e-5 of itself
  float rest2;
  float step;  // learning rate * sqrt(1 - beta2^t) / (1 - beta1^t)
  float epsilon_inside;
  float epsilon_outside;
  float keep;  // 1 - learning rate * weight decay
};

/// RMSprop: s = alpha s + (1 - alpha) g^2; if centered, m = alpha m + (1 - alpha) g and
/// v = s - m^2, otherwise v = s; u = momentum u + g / (sqrt(v) + epsilon); p -= step u.
struct RmspropCoefficients {
  float alpha;
  float rest;  // 1 - alpha, rounded once
  float epsilon;
  float momentum;
  float step;  // the learning rate
  bool centered;
};

/// The scalars of one step: a kind's kernel reads those that its descriptor computes.
union Coefficients {
  SgdCoefficients sgd;
  MomentumCoefficients momentum;
  AdamCoefficients adam;
  RmspropCoefficients rmsprop;
};

// The coefficients of step `t`, counted from 1, with that step's learning rate.

inline Coefficients sgd_coefficients(const OptimizerSpec&, double learning_rate, uint64_t) {
  return {.sgd = {.step = single(learning_rate)}};
}

/// v = mu v + g; p -= lr v, or with Nesterov's look-ahead p -= lr (g + mu v).
inline Coefficients momentum_coefficients(const OptimizerSpec& spec, double learning_rate,
                                          uint64_t) {
  const bool nesterov = spec.nesterov;
  return {.momentum = {
              .decay = single(spec.momentum),
              .gain = 1,
              .gradient_step = nesterov ? single(learning_rate) : 0,
              .velocity_step = single(nesterov ? learning_rate * spec.momentum : learning_rate)}};
}

/// m = beta m + (1 - beta) g; p -= lr m / (1 - beta^t).
inline Coefficients momentum_ema_coefficients(const OptimizerSpec& spec, double learning_rate,
                                              uint64_t t) {
  return {.momentum = {.decay = single(spec.beta),
                       .gain = single(1 - spec.beta),
                       .gradient_step = 0,
                       .velocity_step = single(learning_rate / (1 - power(spec.beta, t)))}};
}

/// lr m^ / (sqrt(s^) + eps) with m^ = m / c1, s^ = s / c2 is (lr sqrt(c2) / c1) m over
/// (sqrt(s) + eps sqrt(c2)); and sqrt(s^ + eps) is sqrt(s + eps c2) / sqrt(c2).
inline Coefficients adam_coefficients(const OptimizerSpec& spec, double learning_rate, uint64_t t) {
  const double c1 = 1 - power(spec.beta1, t);
  const double c2 = 1 - power(spec.beta2, t);
  const bool inside = spec.epsilon_inside_sqrt;
  // epsilon-hat, of Kingma and Ba's faster form, is added to sqrt(s) without a correction.
  const double scale = spec.epsilon_hat ? 1 : c2;
  return {.adam = {.beta1 = single(spec.beta1),
                   .beta2 = single(spec.beta2),
                   .rest1 = single(1 - spec.beta1),
                   .rest2 = single(1 - spec.beta2),
                   .step = single(learning_rate * std::sqrt(c2) / c1),
                   .epsilon_inside = inside ? positive(spec.epsilon * scale) : 0,
                   .epsilon_outside = inside ? 0 : positive(spec.epsilon * std::sqrt(scale)),
                   .keep = 1}};
}

/// p -= lr weight_decay p, then Adam.
inline Coefficients adam_w_coefficients(const OptimizerSpec& spec, double learning_rate,
                                        uint64_t t) {
  Coefficients coefficients = adam_coefficients(spec, learning_rate, t);
  coefficients.adam.keep = single(1 - learning_rate * spec.weight_decay);
  return coefficients;
}

inline Coefficients rmsprop_coefficients(const OptimizerSpec& spec, double learning_rate,
                                         uint64_t) {
  return {.rmsprop = {.alpha = single(spec.alpha),
                      .rest = single(1 - spec.alpha),
                      .epsilon = positive(spec.epsilon),
                      .momentum = single(spec.momentum),
                      .step = single(learning_rate),
                      .centered = spec.centered}};
}

// The largest tame moments, and whether a step is tame if no element of the gradient exceeds
// kTameGradient: see model/tame.h.

using TameMoments = std::array<float, kMostMoments>;

inline bool is_sgd_tame(const Coefficients& c) { return is_tame_change(c.sgd.step, kTameGradient); }

inline bool is_momentum_tame(const Coefficients& of_step) {
  const MomentumCoefficients& c = of_step.momentum;
  const double most =
      static_cast<double>(c.decay) * kTameVelocity + static_cast<double>(c.gain) * kTameGradient;
  return most <= kTameVelocity && is_tame_change(c.gradient_step, kTameGradient) &&
         is_tame_change(c.velocity_step, kTameVelocity);
}

/// The root is at least the one epsilon that is not 0, or its root.
inline bool is_adam_tame(const Coefficients& of_step) {
  const AdamCoefficients& c = of_step.adam;
  const double root =
      static_cast<double>(c.epsilon_outside) + std::sqrt(static_cast<double>(c.epsilon_inside));
  return std::fabs(c.keep) <= 1 && is_tame_change(c.step, kTameMean / root);
}

inline bool is_rmsprop_tame(const Coefficients& of_step) {
  const RmspropCoefficients& c = of_step.rmsprop;
  const double most = kTameGradient / static_cast<double>(c.epsilon);
  if (c.momentum == 0) return is_tame_change(c.step, most);
  return static_cast<double>(c.momentum) * kTameVelocity + most <= kTameVelocity &&
         is_tame_change(c.step, kTameVelocity);
}

struct OptimizerInfo {
  OptimizerKind kind;
  std::string_view name;                        // as in src/
  std::span<const OptimizerField> fields = {};  // those that not every optimizer has
  size_t (*moments)(const OptimizerSpec&);      // their number; src/ has their names
  Coefficients (*coefficients)(const OptimizerSpec& spec, double learning_rate, uint64_t t);
  TameMoments (*tame_moments)(const OptimizerSpec&);
  bool (*is_tame)(const Coefficients&);
};

template <size_t kCount>
constexpr size_t always(const OptimizerSpec&) {
  return kCount;
}

inline constexpr OptimizerField kMomentumFields[] = {
    {.name = "momentum", .number = &OptimizerSpec::momentum},
    {.name = "nesterov", .truth = &OptimizerSpec::nesterov}};
inline constexpr OptimizerField kMomentumEmaFields[] = {
    {.name = "beta", .number = &OptimizerSpec::beta}};
inline constexpr OptimizerField kAdamWFields[] = {
    {.name = "beta1", .number = &OptimizerSpec::beta1},
    {.name = "beta2", .number = &OptimizerSpec::beta2},
    {.name = "epsilon", .number = &OptimizerSpec::epsilon},
    {.name = "epsilonInsideSqrt", .truth = &OptimizerSpec::epsilon_inside_sqrt},
    {.name = "epsilonHat", .truth = &OptimizerSpec::epsilon_hat},
    {.name = "weightDecay", .number = &OptimizerSpec::weight_decay}};
inline constexpr std::span<const OptimizerField> kAdamFields =
    std::span(kAdamWFields).first(std::size(kAdamWFields) - 1);
inline constexpr OptimizerField kRmspropFields[] = {
    {.name = "alpha", .number = &OptimizerSpec::alpha},
    {.name = "momentum", .number = &OptimizerSpec::momentum},
    {.name = "centered", .truth = &OptimizerSpec::centered},
    {.name = "epsilon", .number = &OptimizerSpec::epsilon}};

inline TameMoments no_moments(const OptimizerSpec&) { return {}; }
inline TameMoments tame_velocity(const OptimizerSpec&) { return {kTameVelocity}; }
inline TameMoments tame_means(const OptimizerSpec&) { return {kTameMean, kTameSquares}; }

inline constexpr OptimizerInfo kOptimizers[] = {
    {.kind = OptimizerKind::kSgd,
     .name = "sgd",
     .moments = always<0>,
     .coefficients = sgd_coefficients,
     .tame_moments = no_moments,
     .is_tame = is_sgd_tame},
    {.kind = OptimizerKind::kMomentum,
     .name = "momentum",
     .fields = kMomentumFields,
     .moments = always<1>,  // the velocity
     .coefficients = momentum_coefficients,
     .tame_moments = tame_velocity,
     .is_tame = is_momentum_tame},
    {.kind = OptimizerKind::kMomentumEma,
     .name = "momentumEma",
     .fields = kMomentumEmaFields,
     .moments = always<1>,  // the mean of g
     .coefficients = momentum_ema_coefficients,
     .tame_moments = tame_velocity,
     .is_tame = is_momentum_tame},
    {.kind = OptimizerKind::kAdam,
     .name = "adam",
     .fields = kAdamFields,
     .moments = always<2>,  // the means of g and g^2
     .coefficients = adam_coefficients,
     .tame_moments = tame_means,
     .is_tame = is_adam_tame},
    {.kind = OptimizerKind::kAdamW,
     .name = "adamW",
     .fields = kAdamWFields,
     .moments = always<2>,
     .coefficients = adam_w_coefficients,
     .tame_moments = tame_means,
     .is_tame = is_adam_tame},
    {.kind = OptimizerKind::kRmsprop,
     .name = "rmsprop",
     .fields = kRmspropFields,
     // The mean of g^2, with momentum the velocity, and if centered the mean of g.
     .moments = [](const OptimizerSpec& spec) -> size_t {
       return 1 + (spec.momentum > 0 ? 1 : 0) + (spec.centered ? 1 : 0);
     },
     .coefficients = rmsprop_coefficients,
     .tame_moments = [](const OptimizerSpec& spec) -> TameMoments {
       return {kTameSquares, spec.momentum > 0 ? kTameVelocity : kTameMean, kTameMean};
     },
     .is_tame = is_rmsprop_tame},
};
inline constexpr size_t kOptimizerCount = std::size(kOptimizers);
static_assert(is_in_order(kOptimizers));

constexpr const OptimizerInfo& info_of(OptimizerKind kind) {
  return kOptimizers[static_cast<size_t>(kind)];
}

inline size_t OptimizerSpec::moments() const { return info_of(kind).moments(*this); }

}  // namespace chainrule
