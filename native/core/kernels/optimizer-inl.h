// Updates of a tile of weights from its gradient; mathematics.md has the rules. Each begins by
// reading the UpdateTile's pointers one by one: a store might change what a reference refers to, so
// the compiler would reload them for every vector. A copy of the whole tile would be vectors of
// pointers that were stored singly, which waits until those stores have left the core: more time
// than a few vectors' update.
#if defined(CHAINRULE_OPTIMIZER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_OPTIMIZER_INL_H
#undef CHAINRULE_OPTIMIZER_INL_H
#else
#define CHAINRULE_OPTIMIZER_INL_H
#endif

#include <iterator>

#include "kernels.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

/// Calls update(offset, access, gradient) for every vector of the tile.
template <typename Update>
HWY_INLINE void for_each_gradient(const UpdateTile& tile, const Update& update) {
  const auto scale = hn::Set(FloatTag(), tile.gradient_scale);
  const float* const d_weight = tile.d_weight;
  for_each_vector(tile.size, [=](size_t i, const auto& access) {
    update(i, access, hn::Mul(access.load(d_weight + i), scale));
  });
}

void sgd(const UpdateTile& tile, const Coefficients& coefficients) {
  float* const weight = tile.weight;
  const auto steps = hn::Set(FloatTag(), coefficients.sgd.step);
  for_each_gradient(tile, [&](size_t at, const auto& access, FloatVector g) {
    access.store(hn::NegMulAdd(steps, g, access.load(weight + at)), weight + at);
  });
}

void momentum(const UpdateTile& tile, const Coefficients& coefficients) {
  float* const weight = tile.weight;
  float* const velocity = tile.moments[0];
  const MomentumCoefficients& c = coefficients.momentum;
  const FloatTag d;
  const auto decay = hn::Set(d, c.decay);
  const auto gain = hn::Set(d, c.gain);
  const auto gradient_step = hn::Set(d, c.gradient_step);
  const auto velocity_step = hn::Set(d, c.velocity_step);
  for_each_gradient(tile, [&](size_t at, const auto& access, FloatVector g) {
    const auto v = hn::MulAdd(decay, access.load(velocity + at), hn::Mul(gain, g));
    const auto p = hn::NegMulAdd(gradient_step, g, access.load(weight + at));
    access.store(v, velocity + at);
    access.store(hn::NegMulAdd(velocity_step, v, p), weight + at);
  });
}

void adam(const UpdateTile& tile, const Coefficients& coefficients) {
  float* const weight = tile.weight;
  float* const mean = tile.moments[0];
  float* const square = tile.moments[1];
  const AdamCoefficients& c = coefficients.adam;
  const FloatTag d;
  const auto beta1 = hn::Set(d, c.beta1);
  const auto beta2 = hn::Set(d, c.beta2);
  const auto rest1 = hn::Set(d, c.rest1);
  const auto rest2 = hn::Set(d, c.rest2);
  const auto step = hn::Set(d, c.step);
  const auto inside = hn::Set(d, c.epsilon_inside);
  const auto outside = hn::Set(d, c.epsilon_outside);
  const auto keep = hn::Set(d, c.keep);
  for_each_gradient(tile, [&](size_t at, const auto& access, FloatVector g) {
    const auto m = hn::MulAdd(beta1, access.load(mean + at), hn::Mul(rest1, g));
    const auto s = hn::MulAdd(beta2, access.load(square + at), hn::Mul(hn::Mul(rest2, g), g));
    const auto root = hn::Add(hn::Sqrt(hn::Add(s, inside)), outside);
    const auto p = hn::Mul(keep, access.load(weight + at));
    access.store(m, mean + at);
    access.store(s, square + at);
    access.store(hn::NegMulAdd(step, hn::Div(m, root), p), weight + at);
  });
}

/// The moments are the mean of g^2; with momentum also u; if centered also m, in this order.
template <bool kMomentum, bool kCentered>
HWY_INLINE void rmsprop_of_kind(const UpdateTile& tile, const RmspropCoefficients& c) {
  const FloatTag d;
  const auto alpha = hn::Set(d, c.alpha);
  const auto rest = hn::Set(d, c.rest);
  const auto epsilon = hn::Set(d, c.epsilon);
  const auto momentum = hn::Set(d, c.momentum);
  const auto step = hn::Set(d, c.step);
  float* const weight = tile.weight;
  float* const squares = tile.moments[0];
  float* const velocities = tile.moments[1];
  float* const means = tile.moments[kMomentum ? 2 : 1];
  for_each_gradient(tile, [&](size_t at, const auto& access, FloatVector g) {
    const auto s = hn::MulAdd(alpha, access.load(squares + at), hn::Mul(hn::Mul(rest, g), g));
    access.store(s, squares + at);
    auto variance = s;
    if constexpr (kCentered) {
      const auto m = hn::MulAdd(alpha, access.load(means + at), hn::Mul(rest, g));
      access.store(m, means + at);
      // Below 0 only by rounding.
      variance = hn::Max(hn::NegMulAdd(m, m, s), hn::Zero(d));
    }
    auto update = hn::Div(g, hn::Add(hn::Sqrt(variance), epsilon));
    if constexpr (kMomentum) {
      update = hn::MulAdd(momentum, access.load(velocities + at), update);
      access.store(update, velocities + at);
    }
    access.store(hn::NegMulAdd(step, update, access.load(weight + at)), weight + at);
  });
}

void rmsprop(const UpdateTile& tile, const Coefficients& coefficients) {
  const RmspropCoefficients& c = coefficients.rmsprop;
  if (c.momentum > 0) {
    c.centered ? rmsprop_of_kind<true, true>(tile, c) : rmsprop_of_kind<true, false>(tile, c);
  } else {
    c.centered ? rmsprop_of_kind<false, true>(tile, c) : rmsprop_of_kind<false, false>(tile, c);
  }
}

/// By OptimizerKind.
constexpr UpdateKernel kUpdate[] = {sgd, momentum, momentum, adam, adam, rmsprop};
static_assert(std::size(kUpdate) == kOptimizerCount);

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
