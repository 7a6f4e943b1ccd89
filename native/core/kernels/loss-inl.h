// Losses with their gradient at the output, in one pass over a row each.
#if defined(CHAINRULE_LOSS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_LOSS_INL_H
#undef CHAINRULE_LOSS_INL_H
#else
#define CHAINRULE_LOSS_INL_H
#endif

#include <cmath>

#include "activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

/// L = sum_j y_j (log sum_k e^z_k - z_j); dL/dz = softmax(z) * sum(y) - y.
void softmax_cross_entropy(const LossTile& tile) {
  const FloatTag d;
  const size_t cols = tile.cols;
  for (size_t r = 0; r < tile.rows; ++r) {
    const float* z = tile.output + r * tile.stride;
    float* delta = tile.delta + r * tile.stride;
    const float max = max_of(z, cols);
    const float sum = exp_shifted(z, max, delta, cols);
    // Above the maximum, log sum e^z is log(sum); in double, since z_j may be FLT_MAX away from it.
    const double log_sum = std::log(static_cast<double>(sum));
    const float scale = tile.row_scale[r];
    if (tile.labels != nullptr) {
      const int32_t label = tile.labels[r];
      const auto factor = hn::Set(d, scale / sum);
      for_each_vector(cols, [&](size_t i, const auto& access) {
        access.store(hn::Mul(access.load(delta + i), factor), delta + i);
      });
      delta[label] -= scale;
      tile.row_loss[r] = log_sum + (static_cast<double>(max) - static_cast<double>(z[label]));
      continue;
    }
    const float* y = tile.targets + r * cols;
    auto y_sums = hn::Zero(d);
    auto half_below_max =
        hn::Zero(d);  // sum_j y_j (max - z_j) / 2: the difference may be 2 FLT_MAX
    const auto half = hn::Set(d, 0.5f);
    const auto half_max = hn::Set(d, 0.5f * max);
    for_each_vector(cols, [&](size_t i, const auto& access) {
      const auto target = access.load(y + i);
      y_sums = hn::Add(y_sums, target);
      const auto half_distance = hn::NegMulAdd(half, access.load(z + i), half_max);
      half_below_max = hn::MulAdd(target, half_distance, half_below_max);
    });
    const float y_sum = sum_of_lanes(y_sums);
    const auto factor = hn::Set(d, scale * y_sum / sum);
    const auto scales = hn::Set(d, scale);
    for_each_vector(cols, [&](size_t i, const auto& access) {
      const auto share = hn::Mul(access.load(delta + i), factor);
      access.store(hn::NegMulAdd(scales, access.load(y + i), share), delta + i);
    });
    tile.row_loss[r] = static_cast<double>(y_sum) * log_sum +
                       2 * static_cast<double>(sum_of_lanes(half_below_max));
  }
}

/// L = sum_j max(z, 0) - z y + log(1 + e^-|z|); dL/dz = sigmoid(z) - y.
void sigmoid_bce(const LossTile& tile) {
  const FloatTag d;
  const auto down = hn::Set(d, 1.0f / 1048576.0f);
  for (size_t r = 0; r < tile.rows; ++r) {
    const float* z_row = tile.output + r * tile.stride;
    const float* y_row = tile.targets + r * tile.cols;
    float* delta = tile.delta + r * tile.stride;
    const auto scale = hn::Set(d, tile.row_scale[r]);
    auto loss = hn::Zero(d);  // times 2^-20: the terms may each be FLT_MAX
    for_each_vector(tile.cols, [&](size_t i, const auto& access) {
      const auto z = access.load(z_row + i);
      const auto y = access.load(y_row + i);
      const auto softplus = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(z))));
      const auto value = keep_nan(z, hn::Add(hn::NegMulAdd(z, y, Relu::value(z, z)), softplus));
      loss = hn::MulAdd(access.only(value, hn::Zero(d)), down, loss);
      access.store(hn::Mul(scale, hn::Sub(Sigmoid::value(z, z), y)), delta + i);
    });
    tile.row_loss[r] = 1048576.0 * static_cast<double>(sum_of_lanes(loss));
  }
}

/// L = loss_factor * sum_j (a_j - y_j)^2; dL/da = delta_factor * (a - y).
HWY_INLINE void squared_error(const LossTile& tile, float loss_factor, float delta_factor) {
  const FloatTag d;
  for (size_t r = 0; r < tile.rows; ++r) {
    const float* a = tile.output + r * tile.stride;
    const float* y = tile.targets + r * tile.cols;
    float* delta = tile.delta + r * tile.stride;
    const auto scale = hn::Set(d, tile.row_scale[r] * delta_factor);
    auto squares = hn::Zero(d);
    for_each_vector(tile.cols, [&](size_t i, const auto& access) {
      const auto difference = hn::Sub(access.load(a + i), access.load(y + i));
      squares = hn::MulAdd(difference, difference, squares);
      access.store(hn::Mul(scale, difference), delta + i);
    });
    tile.row_loss[r] =
        static_cast<double>(loss_factor) * static_cast<double>(sum_of_lanes(squares));
  }
}

void half_mse(const LossTile& tile) { squared_error(tile, 0.5f, 1.0f); }

void mse(const LossTile& tile) {
  const float factor = 1.0f / static_cast<float>(tile.cols);
  squared_error(tile, factor, 2 * factor);
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
