// Losses with their gradient at the output; loss-layout-inl.h has the two layouts of each.
#if defined(CHAINRULE_LOSS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_LOSS_INL_H
#undef CHAINRULE_LOSS_INL_H
#else
#define CHAINRULE_LOSS_INL_H
#endif

#include <cmath>
#include <iterator>

#include "activation-inl.h"
#include "loss-layout-inl.h"
#include "softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

/// L = sum_j y_j (log sum_k e^z_k - z_j); dL/dz = softmax(z) * sum(y) - y.
void softmax_cross_entropy(const LossTile& tile) {
  const FloatTag d;
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const float* z = rows.output;
    float* delta = rows.delta;
    auto max = hn::Set(d, -HUGE_VALF);  // may ignore a NaN, but the exponential keeps it
    rows.for_each([&](size_t i, const auto& access, LabelVector)
                      HWY_ATTR { max = hn::Max(max, access.only(access.load(z + i), max)); });
    max = rows.max(max);
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto e = exp_of(hn::Sub(access.load(z + i), max));
      access.store(e, delta + i);
      sum = hn::Add(sum, access.only(e, hn::Zero(d)));
    });
    sum = rows.sum(sum);
    const auto scale = rows.scale();
    const auto log_sum = keep_nan(sum, hn::Log(d, sum));  // of the exponentials below the maximum
    if (tile.labels != nullptr) {
      const auto label = rows.label();
      const auto factor = hn::Div(scale, sum);
      auto z_labels = hn::Zero(d);
      rows.for_each([&](size_t i, const auto& access, LabelVector columns) HWY_ATTR {
        const auto is_label = hn::RebindMask(d, hn::Eq(columns, label));
        const auto share = hn::Mul(access.load(delta + i), factor);
        access.store(hn::Sub(share, hn::IfThenElseZero(is_label, scale)), delta + i);
        z_labels = hn::Add(z_labels, hn::IfThenElseZero(is_label, access.load(z + i)));
      });
      // In double: z_j may be FLT_MAX away from the maximum.
      const OfRows log_sums(log_sum), maxima(max), at_label(rows.sum(z_labels));
      rows.finish([&](size_t r)
                      HWY_ATTR { return hn::Add(log_sums[r], hn::Sub(maxima[r], at_label[r])); });
      return;
    }
    const float* y = rows.targets;
    auto y_sum = hn::Zero(d);
    // sum_j y_j (max - z_j) / 2: the difference may be 2 FLT_MAX
    auto half_below_max = hn::Zero(d);
    const auto half = hn::Set(d, 0.5f);
    const auto half_max = hn::Mul(half, max);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto target = access.load(y + i);
      y_sum = hn::Add(y_sum, target);
      const auto half_distance = hn::NegMulAdd(half, access.load(z + i), half_max);
      half_below_max = hn::MulAdd(target, half_distance, half_below_max);
    });
    y_sum = rows.sum(y_sum);
    const auto factor = hn::Div(hn::Mul(scale, y_sum), sum);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto share = hn::Mul(access.load(delta + i), factor);
      access.store(hn::NegMulAdd(scale, access.load(y + i), share), delta + i);
    });
    const OfRows log_sums(log_sum), y_sums(y_sum), half_distances(rows.sum(half_below_max));
    rows.finish([&](size_t r) HWY_ATTR {
      const auto distance = half_distances[r];
      return hn::MulAdd(y_sums[r], log_sums[r], hn::Add(distance, distance));
    });
  });
}

/// L = sum_j max(z, 0) - z y + log(1 + e^-|z|); dL/dz = sigmoid(z) - y.
void sigmoid_bce(const LossTile& tile) {
  const FloatTag d;
  const auto down = hn::Set(d, 1.0f / 1048576.0f);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = rows.scale();
    auto loss = hn::Zero(d);  // times 2^-20: each term may be FLT_MAX
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto z = access.load(rows.output + i);
      const auto y = access.load(rows.targets + i);
      const auto softplus = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(z))));
      const auto value = keep_nan(z, hn::Add(hn::NegMulAdd(z, y, Relu::value(z, z)), softplus));
      loss = hn::MulAdd(access.only(value, hn::Zero(d)), down, loss);
      access.store(hn::Mul(scale, hn::Sub(Sigmoid::value(z, z), y)), rows.delta + i);
    });
    const OfRows losses(rows.sum(loss));
    const auto up = hn::Set(DoubleTag(), 1048576.0);
    rows.finish([&](size_t r) HWY_ATTR { return hn::Mul(up, losses[r]); });
  });
}

/// L = loss_factor * sum_j (a_j - y_j)^2; dL/da = delta_factor * (a - y).
HWY_INLINE void squared_error(const LossTile& tile, double loss_factor, float delta_factor) {
  const FloatTag d;
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), hn::Set(d, delta_factor));
    auto squares = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto difference = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      squares = hn::MulAdd(difference, difference, squares);
      access.store(hn::Mul(scale, difference), rows.delta + i);
    });
    const OfRows sums(rows.sum(squares));
    const auto factor = hn::Set(DoubleTag(), loss_factor);
    rows.finish([&](size_t r) HWY_ATTR { return hn::Mul(factor, sums[r]); });
  });
}

void half_mse(const LossTile& tile) { squared_error(tile, 0.5, 1.0f); }

void mse(const LossTile& tile) {
  const double factor = 1.0 / static_cast<double>(tile.cols);
  squared_error(tile, factor, static_cast<float>(2 * factor));
}

/// L = 1/cols sum_j h(a_j - y_j), h(e) = e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) beyond;
/// dL/da = e / cols, cut at +-delta.
void huber(const LossTile& tile) {
  const FloatTag d;
  const double factor = 1.0 / static_cast<double>(tile.cols);
  const auto delta = hn::Set(d, tile.parameters[0]);
  const auto half = hn::Set(d, 0.5f);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), hn::Set(d, static_cast<float>(factor)));
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto e = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      const auto cut = keep_nan(e, hn::Max(hn::Min(e, delta), hn::Neg(delta)));
      // cut (e - cut / 2) covers both branches.
      sum = hn::MulAdd(cut, hn::NegMulAdd(half, cut, e), sum);
      access.store(hn::Mul(scale, cut), rows.delta + i);
    });
    const OfRows sums(rows.sum(sum));
    const auto factors = hn::Set(DoubleTag(), factor);
    rows.finish([&](size_t r) HWY_ATTR { return hn::Mul(factors, sums[r]); });
  });
}

/// L = factor/cols sum_j s_j e_j with e = a - y and the slope s_j = `above` for e > 0, `above` - 1
/// for e < 0, 0 for e = 0; dL/da = factor/cols s. above_of(rows, columns, access) gives `above`.
template <typename AboveOf>
HWY_INLINE void sloped_error(const LossTile& tile, double factor, const AboveOf& above_of) {
  const FloatTag d;
  factor /= static_cast<double>(tile.cols);
  const auto one = hn::Set(d, 1.0f);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), hn::Set(d, static_cast<float>(factor)));
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector columns) HWY_ATTR {
      const auto e = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      const auto above = above_of(rows, columns, access);
      const auto below = hn::IfThenElseZero(hn::Lt(e, hn::Zero(d)), hn::Sub(above, one));
      const auto slope = keep_nan(e, hn::IfThenElse(hn::Gt(e, hn::Zero(d)), above, below));
      sum = hn::MulAdd(slope, e, sum);
      access.store(hn::Mul(scale, slope), rows.delta + i);
    });
    const OfRows sums(rows.sum(sum));
    const auto factors = hn::Set(DoubleTag(), factor);
    rows.finish([&](size_t r) HWY_ATTR { return hn::Mul(factors, sums[r]); });
  });
}

/// L = 1/cols sum_j |a_j - y_j|; dL/da = sign(a - y) / cols. Twice the loss of the quantile 1/2.
void absolute(const LossTile& tile) {
  sloped_error(tile, 2, [](const auto&, LabelVector, const auto&) HWY_ATTR {
    return hn::Set(FloatTag(), 0.5f);
  });
}

/// L = 1/cols sum_j max(q_j e_j, (q_j - 1) e_j) with e = y - a; dL/da = (1 - q) / cols for a > y,
/// -q / cols for a < y, 0 for a = y.
void quantile(const LossTile& tile) {
  const auto one = hn::Set(FloatTag(), 1.0f);
  sloped_error(tile, 1, [&](const auto& rows, LabelVector columns, const auto& access) HWY_ATTR {
    return hn::Sub(one, rows.of_columns(tile.parameters, columns, access));
  });
}

/// By Loss.
constexpr LossKernel kLoss[] = {mse,   half_mse, sigmoid_bce, softmax_cross_entropy,
                                huber, absolute, quantile};
static_assert(std::size(kLoss) == kLossCount);

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
