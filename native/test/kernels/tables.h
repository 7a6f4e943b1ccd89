#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "../support.h"
#include "kernels/kernels.h"

/// What the tests of all kernels share. Every kernel of every instruction set that this CPU has is
/// held against the formula in double: odd lengths, every misalignment, a page without access
/// behind the array, a NaN in every lane.
namespace chainrule::test {

inline constexpr size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 100};
inline constexpr double kElementwise = 2e-6;
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Runs `check` for every table of kernels, named in what a failure prints.
template <typename Check>
void for_each_table(const Check& check) {
  for (const Kernels* kernels : supported_kernels()) {
    CAPTURE(std::string(kernels->name));
    check(*kernels);
  }
}

inline double value_of(Activation g, double z, double slope) {
  switch (g) {
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kRelu:
      return z <= 0 ? 0 : z;
    case Activation::kLeakyRelu:
      return z > 0 ? z : slope * z;
    default:
      return z;
  }
}

inline double derivative_of(Activation g, double a, double slope) {
  switch (g) {
    case Activation::kSigmoid:
      return a * (1 - a);
    case Activation::kTanh:
      return 1 - a * a;
    case Activation::kRelu:
      return a > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return a > 0 ? 1 : slope;
    default:
      return 1;
  }
}

/// `size` up to the next multiple of a vector.
inline size_t whole_vectors(const Kernels& kernels, size_t size) {
  return (size + kernels.float_lanes - 1) / kernels.float_lanes * kernels.float_lanes;
}

}  // namespace chainrule::test
