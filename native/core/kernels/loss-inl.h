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

// Sums whose terms may be FLT_MAX are 2^-20 of what they stand for: exact but for terms that are
// far too small to count beside the rest of such a loss.
constexpr float kDown = 1.0f / 1048576.0f;
constexpr double kUp = 1048576.0;

/// Of each row's logits, and in every lane of it.
struct SumOfExponentials {
  FloatVector max;      // the largest logit
  FloatVector sum;      // sum_k e^(z_k - max)
  FloatVector log_sum;  // its logarithm
};

/// Leaves e^(z - max) in delta.
template <typename Rows>
HWY_INLINE SumOfExponentials sum_of_exponentials(Rows& rows) {
  const FloatTag d;
  const float* z = rows.output;
  float* delta = rows.delta;
  auto max = hn::Set(d, -HUGE_VALF);  // may ignore a NaN, but the exponential keeps it
  rows.for_each([&](size_t i, const auto& access, LabelVector)
                    HWY_ATTR { max = hn::Max(max, access.only(access.load(z + i), max)); });
  max = rows.max(max);
  auto sum = hn::Zero(d), below_max = hn::Zero(d);
  rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
    const auto logit = access.load(z + i);
    const auto e = exp_of(hn::Sub(logit, max));
    access.store(e, delta + i);
    const auto own = access.only(e, hn::Zero(d));
    sum = hn::Add(sum, own);
    below_max = hn::Add(below_max, hn::IfThenZeroElse(hn::Eq(logit, max), own));
  });
  sum = rows.sum(sum);
  below_max = rows.sum(below_max);
  // Below 1.75 the largest logit is the only one of its size, and beside its 1 the sum loses digits
  // of the others; above, the subtraction is exact.
  const auto above_one =
      hn::IfThenElse(hn::Lt(sum, hn::Set(d, 1.75f)), below_max, hn::Sub(sum, hn::Set(d, 1.0f)));
  return {max, sum, keep_nan(sum, hn::Log1p(d, above_one))};
}

/// The targets are class indices: y is 1 in one column and 0 in the others.
template <typename Rows>
HWY_INLINE void cross_entropy_of_labels(Rows& rows, const SumOfExponentials& of) {
  const FloatTag d;
  float* delta = rows.delta;
  const auto scale = rows.scale();
  const auto label = rows.label();
  const auto factor = hn::Div(scale, of.sum);
  auto z_labels = hn::Zero(d);
  rows.for_each([&](size_t i, const auto& access, LabelVector columns) HWY_ATTR {
    const auto is_label = hn::RebindMask(d, hn::Eq(columns, label));
    const auto share = hn::Mul(access.load(delta + i), factor);
    access.store(hn::Sub(share, hn::IfThenElseZero(is_label, scale)), delta + i);
    z_labels = hn::Add(z_labels, hn::IfThenElseZero(is_label, access.load(rows.output + i)));
  });
  // In double: z_j may be FLT_MAX away from the maximum.
  const OfRows log_sums(of.log_sum), maxima(of.max), at_label(rows.sum(z_labels));
  rows.finish([&](size_t r)
                  HWY_ATTR { return hn::Add(log_sums[r], hn::Sub(maxima[r], at_label[r])); });
}

/// The targets are shares of the classes.
template <typename Rows>
HWY_INLINE void cross_entropy_of_shares(Rows& rows, const SumOfExponentials& of) {
  const FloatTag d;
  float* delta = rows.delta;
  const float* y = rows.targets;
  const auto scale = rows.scale();
  auto y_sum = hn::Zero(d);
  auto distance = hn::Zero(d);  // sum_j y_j (max - z_j), scaled
  const auto down = hn::Set(d, kDown);
  const auto max_down = hn::Mul(down, of.max);
  rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
    const auto target = access.load(y + i);
    y_sum = hn::Add(y_sum, target);
    const auto below_max = hn::NegMulAdd(down, access.load(rows.output + i), max_down);
    distance = hn::MulAdd(target, below_max, distance);
  });
  y_sum = rows.sum(y_sum);
  const auto factor = hn::Div(hn::Mul(scale, y_sum), of.sum);
  rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
    const auto share = hn::Mul(access.load(delta + i), factor);
    access.store(hn::NegMulAdd(scale, access.load(y + i), share), delta + i);
  });
  const OfRows log_sums(of.log_sum), y_sums(y_sum), distances(rows.sum(distance));
  const auto up = hn::Set(DoubleTag(), kUp);
  rows.finish([&](size_t r) HWY_ATTR {
    return hn::MulAdd(y_sums[r], log_sums[r], hn::Mul(up, distances[r]));
  });
}

/// L = sum_j y_j (log sum_k e^z_k - z_j); dL/dz = softmax(z) * sum(y) - y.
void softmax_cross_entropy(const LossTile& tile) {
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const SumOfExponentials of = sum_of_exponentials(rows);
    if (tile.labels != nullptr) {
      cross_entropy_of_labels(rows, of);
    } else {
      cross_entropy_of_shares(rows, of);
    }
  });
}

/// L = sum_j |z| (z < 0 ? y : 1 - y) + log(1 + e^-|z|), which is max(z, 0) - z y + ... without a
/// difference of large numbers; dL/dz = sigmoid(z) - y.
void sigmoid_bce(const LossTile& tile) {
  const FloatTag d;
  const auto one = hn::Set(d, 1.0f);
  const auto down = hn::Set(d, kDown);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = rows.scale();
    auto linear = hn::Zero(d);  // scaled
    auto softplus = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto z = access.load(rows.output + i);
      const auto y = access.load(rows.targets + i);
      const auto size = hn::Abs(z);
      const auto share = hn::IfThenElse(hn::Lt(z, hn::Zero(d)), y, hn::Sub(one, y));
      const auto curve = keep_nan(z, hn::Log1p(d, hn::Exp(d, hn::Neg(without_nan(size)))));
      linear = hn::MulAdd(access.only(hn::Mul(size, share), hn::Zero(d)), down, linear);
      softplus = hn::Add(access.only(curve, hn::Zero(d)), softplus);
      access.store(hn::Mul(scale, hn::Sub(Sigmoid::value(z, z), y)), rows.delta + i);
    });
    const OfRows linears(rows.sum(linear)), softpluses(rows.sum(softplus));
    const auto up = hn::Set(DoubleTag(), kUp);
    rows.finish([&](size_t r) HWY_ATTR { return hn::MulAdd(up, linears[r], softpluses[r]); });
  });
}

/// The losses of rows are the sums over all columns.
template <typename Rows>
HWY_INLINE void finish_with(Rows& rows, FloatVector sum) {
  const OfRows sums(rows.sum(sum));
  rows.finish([&](size_t r) HWY_ATTR { return sums[r]; });
}

// The losses below multiply each term by its share before they sum: a mean may be a float where the
// sum is not.

/// L = loss_factor * sum_j (a_j - y_j)^2; dL/da = delta_factor * (a - y).
HWY_INLINE void squared_error(const LossTile& tile, double loss_factor, float delta_factor) {
  const FloatTag d;
  const auto share = hn::Set(d, static_cast<float>(loss_factor));
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), hn::Set(d, delta_factor));
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto difference = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      sum = hn::MulAdd(hn::Mul(share, difference), difference, sum);
      access.store(hn::Mul(scale, difference), rows.delta + i);
    });
    finish_with(rows, sum);
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
  const auto share = hn::Set(d, static_cast<float>(1.0 / static_cast<double>(tile.cols)));
  const auto delta = hn::Set(d, tile.parameters[0]);
  const auto half = hn::Set(d, 0.5f);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), share);
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector) HWY_ATTR {
      const auto e = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      const auto cut = keep_nan(e, hn::Max(hn::Min(e, delta), hn::Neg(delta)));
      // cut (e - cut / 2) covers both branches.
      sum = hn::MulAdd(hn::Mul(share, cut), hn::NegMulAdd(half, cut, e), sum);
      access.store(hn::Mul(scale, cut), rows.delta + i);
    });
    finish_with(rows, sum);
  });
}

/// L = factor/cols sum_j s_j e_j with e = a - y and the slope s_j = 1 - q_j for e > 0, -q_j for
/// e < 0, 0 for e = 0; dL/da = factor/cols s. quantile_of(rows, columns, access) gives q.
template <typename QuantileOf>
HWY_INLINE void sloped_error(const LossTile& tile, double factor, const QuantileOf& quantile_of) {
  const FloatTag d;
  const auto share = hn::Set(d, static_cast<float>(factor / static_cast<double>(tile.cols)));
  const auto one = hn::Set(d, 1.0f);
  for_rows(tile, [&](auto& rows) HWY_ATTR {
    const auto scale = hn::Mul(rows.scale(), share);
    auto sum = hn::Zero(d);
    rows.for_each([&](size_t i, const auto& access, LabelVector columns) HWY_ATTR {
      const auto e = hn::Sub(access.load(rows.output + i), access.load(rows.targets + i));
      const auto q = quantile_of(rows, columns, access);
      const auto below = hn::IfThenElseZero(hn::Lt(e, hn::Zero(d)), hn::Neg(q));
      const auto slope =
          keep_nan(e, hn::IfThenElse(hn::Gt(e, hn::Zero(d)), hn::Sub(one, q), below));
      sum = hn::MulAdd(hn::Mul(share, slope), e, sum);
      access.store(hn::Mul(scale, slope), rows.delta + i);
    });
    finish_with(rows, sum);
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
  sloped_error(tile, 1, [&](const auto& rows, LabelVector columns, const auto& access) HWY_ATTR {
    return rows.of_columns(tile.parameters, columns, access);
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
