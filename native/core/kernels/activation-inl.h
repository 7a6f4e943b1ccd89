// Activations and their derivatives; see mathematics.md for the table.
#if defined(CHAINRULE_ACTIVATION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_ACTIVATION_INL_H
#undef CHAINRULE_ACTIVATION_INL_H
#else
#define CHAINRULE_ACTIVATION_INL_H
#endif

#include <iterator>

#include "kernels.h"
#include "softmax-inl.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

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
    const auto e = hn::Exp(d, hn::Neg(hn::Abs(without_nan(z))));
    const auto above = hn::Div(one, hn::Add(one, e));
    return keep_nan(z, hn::IfThenElse(hn::Lt(z, hn::Zero(d)), hn::Mul(e, above), above));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    return hn::Mul(delta, hn::NegMulAdd(a, a, a));
  }
};

struct Tanh {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    return keep_nan(z, hn::Tanh(FloatTag(), without_nan(z)));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    return hn::Mul(delta, hn::NegMulAdd(a, a, hn::Set(FloatTag(), 1.0f)));
  }
};

struct Relu {
  /// Not max(0, z): that loses a NaN in one of its operands.
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
  /// a > 0 if and only if z > 0, because the slope is not negative.
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector slope) {
    return hn::IfThenElse(hn::Gt(a, hn::Zero(FloatTag())), delta, hn::Mul(slope, delta));
  }
};

// The following compute backward() from z, except Selu.

/// z Phi(z), Phi the distribution function of the standard normal distribution (Hendrycks and
/// Gimpel, arXiv:1606.08415). The exact form, with erf: PyTorch's default.
struct Gelu {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    return keep_nan(z, times_phi(z, Tail(z).distribution()));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector z, FloatVector) {
    const FloatTag d;
    const Tail tail(z);
    const auto density = hn::Mul(tail.bell, hn::Set(d, 0.398942280f));  // 1 / sqrt(2 pi)
    const auto slope = hn::MulAdd(limited(z), density, tail.distribution());
    return hn::Mul(delta, keep_nan(z, slope));
  }

 private:
  /// For |z| >= 1, 1 - Phi(|z|) = e^(-z^2 / 2) t P(t) with t = 1 / (1 + 0.3 |z|), the form of
  /// Abramowitz and Stegun, 7.1.26. The tail keeps its digits; 1 + erf(z / sqrt 2) would cancel.
  /// For |z| < 1, Phi(z) - 1/2 = z R(z^2). P is fitted up to 15 and R up to 1, for the least
  /// relative error: 5e-9 and 7e-10 before rounding.
  struct Tail {
    FloatVector z, bell, above, middle;
    explicit HWY_INLINE Tail(FloatVector at) : z(at) {
      const FloatTag d;
      const auto x = hn::Abs(limited(at));
      const auto square = hn::Mul(x, x);
      const auto one = hn::Set(d, 1.0f);
      const auto t = hn::Div(one, hn::MulAdd(hn::Set(d, 0.3f), x, one));
      auto p = hn::Set(d, 0.0256009415f);
      for (const float c : {-0.0698824025f, 0.0280081323f, 0.0262873783f, 0.0520830349f,
                            0.090240158f, 0.108256435f, 0.119757917f, 0.119679183f}) {
        p = hn::MulAdd(p, t, hn::Set(d, c));
      }
      auto r = hn::Set(d, -7.65420849e-06f);
      for (const float c :
           {0.000113486372f, -0.00118632994f, 0.00997332341f, -0.0664903599f, 0.39894228f}) {
        r = hn::MulAdd(r, square, hn::Set(d, c));
      }
      // Corrects for the square's rounding error, if a fused multiply-add can compute it:
      // e^-lost = 1 - lost.
      const auto half = hn::Set(d, 0.5f);
      const auto rounded = hn::Exp(d, hn::Neg(hn::Mul(half, without_nan(square))));
      const auto lost = hn::Mul(half, hn::MulSub(x, x, square));
      bell = hn::NegMulAdd(rounded, lost, rounded);
      above = hn::Mul(hn::Mul(p, t), bell);
      middle = hn::MulAdd(at, r, hn::Set(d, 0.5f));
    }
    HWY_INLINE FloatVector distribution() const {
      const FloatTag d;
      const auto one = hn::Set(d, 1.0f);
      const auto outside = hn::IfThenElse(hn::Lt(z, hn::Zero(d)), above, hn::Sub(one, above));
      return hn::IfThenElse(hn::Lt(hn::Abs(z), one), middle, outside);
    }
  };
  /// Beyond +-15, Phi is 0 or 1 in float, so z can be cut there before it is squared.
  static HWY_INLINE FloatVector limited(FloatVector z) {
    const FloatTag d;
    return hn::Min(hn::Max(z, hn::Set(d, -15.0f)), hn::Set(d, 15.0f));
  }
  /// 0 for minus infinity: -inf * 0 would be NaN.
  static HWY_INLINE FloatVector times_phi(FloatVector z, FloatVector phi) {
    const FloatTag d;
    return hn::IfThenElseZero(hn::Gt(z, hn::Set(d, -15.0f)), hn::Mul(z, phi));
  }
};

/// z sigmoid(z) (Elfwing, Uchibe and Doya, arXiv:1702.03118).
struct Silu {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector slope) {
    const FloatTag d;
    const auto a = hn::Mul(z, Sigmoid::value(z, slope));
    // -inf * 0 would be NaN.
    return hn::IfThenElse(hn::Lt(z, hn::Set(d, -104.0f)), hn::Zero(d), a);
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector z, FloatVector slope) {
    const FloatTag d;
    // Beyond these limits sigmoid is 0 or 1.
    const auto limited = hn::Min(hn::Max(z, hn::Set(d, -104.0f)), hn::Set(d, 104.0f));
    const auto s = Sigmoid::value(limited, slope);
    // s (1 + z (1 - s))
    const auto derivative =
        hn::MulAdd(hn::Mul(s, limited), hn::NegMulAdd(s, hn::Set(d, 1.0f), hn::Set(d, 1.0f)), s);
    return hn::Mul(delta, keep_nan(z, derivative));
  }
};

/// scale z above 0, scale alpha (e^z - 1) below (Klambauer et al., arXiv:1706.02515).
struct Selu {
  static constexpr float kScale = 1.0507009873554805f;
  static constexpr float kScaleAlpha = 1.7580993408473768f;

  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    const FloatTag d;
    // Of min(z, 0): an overflow in a lane that is not selected could become a NaN.
    const auto negative = hn::Min(without_nan(z), hn::Zero(d));
    const auto below = hn::Mul(hn::Set(d, kScaleAlpha), hn::Expm1(d, negative));
    const auto a = hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Mul(hn::Set(d, kScale), z), below);
    return keep_nan(z, a);
  }
  /// From a, which has the sign of z. Below 0, scale alpha e^z = a + scale alpha.
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector a, FloatVector) {
    const FloatTag d;
    const auto below = hn::Add(a, hn::Set(d, kScaleAlpha));
    return hn::Mul(delta, hn::IfThenElse(hn::Gt(a, hn::Zero(d)), hn::Set(d, kScale), below));
  }
};

/// z tanh(log(1 + e^z)) (Misra, arXiv:1908.08681). With e = e^z and n = e (e + 2) that is
/// z n / (n + 2), and its derivative n / (n + 2) + z 4 e (1 + e) / (n + 2)^2.
struct Mish {
  static HWY_INLINE FloatVector value(FloatVector z, FloatVector) {
    const FloatTag d;
    const Terms terms(z);
    const auto a = hn::Mul(z, hn::Div(terms.n, hn::Add(terms.n, hn::Set(d, 2.0f))));
    return keep_nan(z, hn::IfThenElse(hn::Lt(z, hn::Set(d, -104.0f)), hn::Zero(d), a));
  }
  static HWY_INLINE FloatVector backward(FloatVector delta, FloatVector z, FloatVector) {
    const FloatTag d;
    const Terms terms(z);
    const auto rest = hn::Div(hn::Set(d, 1.0f), hn::Add(terms.n, hn::Set(d, 2.0f)));
    const auto tanh = hn::Mul(terms.n, rest);
    const auto four_e = hn::Mul(hn::Set(d, 4.0f), terms.e);
    const auto growth = hn::Mul(hn::Mul(hn::MulAdd(four_e, terms.e, four_e), rest), rest);
    return hn::Mul(delta, keep_nan(z, hn::MulAdd(terms.z, growth, tanh)));
  }

 private:
  struct Terms {
    FloatVector z, e, n;
    explicit HWY_INLINE Terms(FloatVector at) {
      const FloatTag d;
      // From 20 on, n / (n + 2) is 1; far beyond, e^2 would overflow.
      z = hn::Min(hn::Max(at, hn::Set(d, -104.0f)), hn::Set(d, 20.0f));
      e = hn::Exp(d, without_nan(z));
      n = hn::MulAdd(e, e, hn::Add(e, e));
    }
  };
};

template <typename G>
void activate(size_t rows, size_t cols, size_t stride, const float* z, float* a, float slope) {
  const FloatVector slopes = hn::Set(FloatTag(), slope);
  for (size_t r = 0; r < rows; ++r) {
    const float* z_row = z + r * stride;
    float* a_row = a + r * stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(G::value(access.load(z_row + i), slopes), a_row + i);
    });
  }
}

template <typename G>
void multiply_derivative(size_t rows, size_t cols, size_t stride, float* delta, const float* from,
                         float slope) {
  const FloatVector slopes = hn::Set(FloatTag(), slope);
  for (size_t r = 0; r < rows; ++r) {
    float* d_row = delta + r * stride;
    const float* from_row = from + r * stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(G::backward(access.load(d_row + i), access.load(from_row + i), slopes),
                   d_row + i);
    });
  }
}

/// The identity in place leaves everything as it is.
void keep(size_t rows, size_t cols, size_t stride, const float* z, float* a, float slope) {
  if (a != z) activate<Identity>(rows, cols, stride, z, a, slope);
}
void keep_delta(size_t, size_t, size_t, float*, const float*, float) {}

/// By Activation; derivatives of those that work row by row are functions of their own.
constexpr Activate kActivate[] = {
    keep,    activate<Sigmoid>, activate<Tanh>, activate<Relu>, activate<LeakyRelu>,
    softmax, activate<Gelu>,    activate<Silu>, activate<Selu>, activate<Mish>};
constexpr MultiplyDerivative kMultiplyDerivative[] = {keep_delta,
                                                      multiply_derivative<Sigmoid>,
                                                      multiply_derivative<Tanh>,
                                                      multiply_derivative<Relu>,
                                                      multiply_derivative<LeakyRelu>,
                                                      nullptr,
                                                      multiply_derivative<Gelu>,
                                                      multiply_derivative<Silu>,
                                                      multiply_derivative<Selu>,
                                                      multiply_derivative<Mish>};
static_assert(std::size(kActivate) == kActivationCount);
static_assert(std::size(kMultiplyDerivative) == kActivationCount);

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
