// Activations and their derivatives; see mathematics.md for the table.
#if defined(CHAINRULE_ACTIVATION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_ACTIVATION_INL_H
#undef CHAINRULE_ACTIVATION_INL_H
#else
#define CHAINRULE_ACTIVATION_INL_H
#endif

#include "kernels.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

HWY_INLINE FloatVector exp_of(FloatVector x) { return keep_nan(x, hn::Exp(FloatTag(), x)); }

struct Identity {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) { return z; }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector, FloatVector) {
    return delta;
  }
};

struct Sigmoid {
  /// 1 / (1 + e^-z) for z >= 0 and e^z / (1 + e^z) below, so that e^-|z| never overflows.
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    const FloatTag d;
    const auto one = hn::Set(d, 1.0f);
    const auto e = hn::Exp(d, hn::Neg(hn::Abs(z)));
    const auto above = hn::Div(one, hn::Add(one, e));
    return keep_nan(z, hn::IfThenElse(hn::Lt(z, hn::Zero(d)), hn::Mul(e, above), above));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    return hn::Mul(delta, hn::NegMulAdd(a, a, a));
  }
};

struct Tanh {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    return keep_nan(z, hn::Tanh(FloatTag(), z));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    return hn::Mul(delta, hn::NegMulAdd(a, a, hn::Set(FloatTag(), 1.0f)));
  }
};

struct Relu {
  /// Not max(0, z): that erases a NaN on one side of its operands.
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    return hn::IfThenZeroElse(hn::Le(z, hn::Zero(FloatTag())), z);
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    return hn::IfThenElseZero(hn::Gt(a, hn::Zero(FloatTag())), delta);
  }
};

struct LeakyRelu {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector slope) {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(FloatTag())), z, hn::Mul(slope, z));
  }
  /// a > 0 exactly where z > 0, as the slope is not negative.
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector slope) {
    return hn::IfThenElse(hn::Gt(a, hn::Zero(FloatTag())), delta, hn::Mul(slope, delta));
  }
};

template <typename G>
void activate(size_t rows, size_t cols, size_t stride, float* z, float slope) {
  const FloatVector slopes = hn::Set(FloatTag(), slope);
  for (size_t r = 0; r < rows; ++r) {
    float* row = z + r * stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(G::value(access.load(row + i), slopes), row + i);
    });
  }
}

template <typename G>
void multiply_derivative(size_t rows, size_t cols, size_t stride, float* delta, const float* a,
                         float slope) {
  const FloatVector slopes = hn::Set(FloatTag(), slope);
  for (size_t r = 0; r < rows; ++r) {
    float* d_row = delta + r * stride;
    const float* a_row = a + r * stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(G::backward(access.load(d_row + i), access.load(a_row + i), slopes), d_row + i);
    });
  }
}

/// Largest of `size` >= 1 values; a NaN among them may be passed over.
HWY_INLINE float max_of(const float* x, size_t size) {
  const FloatTag d;
  auto max = hn::Set(d, x[0]);
  for_each_vector(size, [&](size_t i, const auto& access) {
    max = hn::Max(max, access.only(access.load(x + i), max));
  });
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

/// e = exp(z - max) and returns its sum. Lanes beyond the row hold no number of the row, so the
/// tail is summed after it has been cut off.
HWY_INLINE float exp_shifted(const float* z, float max, float* e, size_t size) {
  const FloatTag d;
  const auto shift = hn::Set(d, max);
  auto sum = hn::Zero(d);
  for_each_vector(size, [&](size_t i, const auto& access) {
    const auto value = exp_of(hn::Sub(access.load(z + i), shift));
    access.store(value, e + i);
    sum = hn::Add(sum, access.only(value, hn::Zero(d)));
  });
  return sum_of_lanes(sum);
}

/// Row-wise softmax of z, the row's maximum subtracted first.
void softmax(size_t rows, size_t cols, size_t stride, float* z, float) {
  const FloatTag d;
  for (size_t r = 0; r < rows; ++r) {
    float* row = z + r * stride;
    const auto scale = hn::Set(d, 1.0f / exp_shifted(row, max_of(row, cols), row, cols));
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(hn::Mul(access.load(row + i), scale), row + i);
    });
  }
}

/// dL/dz_j = a_j (dL/da_j - sum_k a_k dL/da_k).
void softmax_jacobian(size_t rows, size_t cols, size_t stride, float* delta, const float* a) {
  const FloatTag d;
  for (size_t r = 0; r < rows; ++r) {
    float* d_row = delta + r * stride;
    const float* a_row = a + r * stride;
    auto products = hn::Zero(d);
    for_each_vector(cols, [&](size_t i, const auto& access) {
      products = hn::MulAdd(access.load(a_row + i), access.load(d_row + i), products);
    });
    const auto mean = hn::Set(d, sum_of_lanes(products));
    for_each_vector(cols, [&](size_t i, const auto& access) {
      const auto centred = hn::Sub(access.load(d_row + i), mean);
      access.store(hn::Mul(access.load(a_row + i), centred), d_row + i);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
