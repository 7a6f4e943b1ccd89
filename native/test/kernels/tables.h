#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "../support.h"
#include "kernels/kernels.h"

/// What the tests of all kernels share. Every kernel of every instruction set that this CPU has is
/// compared with the formula in double: odd lengths, every misalignment, a guard page after the
/// array, a NaN in every lane.
namespace chainrule::test {

inline constexpr size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 100};
inline constexpr double kElementwise = 2e-6;
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Runs `check` for every table of kernels; a failure prints the table's name.
template <typename Check>
void for_each_table(const Check& check) {
  for (const Kernels* kernels : supported_kernels()) {
    CAPTURE(std::string(kernels->name));
    check(*kernels);
  }
}

/// The same with products by OpenBLAS, too.
template <typename Check>
void for_each_gemm(const Check& check) {
  for (const Kernels* kernels : all_kernels()) {
    CAPTURE(std::string(kernels->name));
    CAPTURE(name_of(kernels->gemm));
    check(*kernels);
  }
}

inline double value_of(Activation g, double z, double slope) {
  switch (g) {
    case Activation::kIdentity:
    case Activation::kSoftmax:
      return z;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kRelu:
      return z <= 0 ? 0 : z;
    case Activation::kLeakyRelu:
      return z > 0 ? z : slope * z;
    case Activation::kGelu:
      return z == -HUGE_VAL ? 0 : z * std::erfc(-z / std::sqrt(2.0)) / 2;
    case Activation::kSilu:
      return z == -HUGE_VAL ? 0 : z / (1 + std::exp(-z));
    case Activation::kSelu:
      return 1.0507009873554804934193349852946 *
             (z > 0 ? z : 1.6732632423543772848170429916717 * std::expm1(z));
    case Activation::kMish:
      return z == -HUGE_VAL ? 0
                            : z * std::tanh(std::fmax(z, 0) + std::log1p(std::exp(-std::fabs(z))));
  }
  return kNan;
}

/// From z, by a central difference, or from a = g(z), as ActivationInfo says.
inline double derivative_of(Activation g, double from, double slope) {
  if (info_of(g).needs_z) {
    constexpr double kStep = 1e-5;
    return (value_of(g, from + kStep, slope) - value_of(g, from - kStep, slope)) / (2 * kStep);
  }
  switch (g) {
    case Activation::kSigmoid:
      return from * (1 - from);
    case Activation::kTanh:
      return 1 - from * from;
    case Activation::kRelu:
      return from > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return from > 0 ? 1 : slope;
    case Activation::kSelu:
      return from > 0
                 ? 1.0507009873554804934193349852946
                 : from + 1.0507009873554804934193349852946 * 1.6732632423543772848170429916717;
    default:
      return 1;
  }
}

/// `size` rounded up to a multiple of a vector.
inline size_t whole_vectors(const Kernels& kernels, size_t size) {
  return (size + kernels.float_lanes - 1) / kernels.float_lanes * kernels.float_lanes;
}

}  // namespace chainrule::test
