#include "kernels.h"

#include <string>
#include <string_view>

#include "../error.h"
#include "../gemm.h"

// Compiles what follows once for each instruction set, in a namespace of its own.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// The order matters: what stands below is seen by every instruction set.
#include "activation-inl.h"
#include "dot-inl.h"
#include "dropout-inl.h"
#include "gather-inl.h"
#include "gemm-inl.h"
#include "loss-inl.h"
#include "optimizer-inl.h"
#include "random-inl.h"
#include "reduction-inl.h"
#include "transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

HWY_MAYBE_UNUSED void multiply_by_blas(const PanelProduct& product) {
  multiply_with_blas(product);
  apply_epilogue(product);
}

const Kernels& table() {
  static const Kernels kernels = {
      .name = hwy::TargetName(HWY_TARGET),
      .float_lanes = hn::Lanes(FloatTag()),
      .panel_lanes = kPanelLanes,
      .uses_blas = kUsesBlas,
      .gather = gather,
      .gather_transposed = gather_transposed,
      .random_words = random_words,
      .multiply = kUsesBlas ? multiply_by_blas : multiply,
      .dot_products = dot_products,
      .transpose = transpose,
      .activate = {activate<Identity>, activate<Sigmoid>, activate<Tanh>, activate<Relu>,
                   activate<LeakyRelu>, softmax},
      .multiply_derivative = {multiply_derivative<Identity>, multiply_derivative<Sigmoid>,
                              multiply_derivative<Tanh>, multiply_derivative<Relu>,
                              multiply_derivative<LeakyRelu>, nullptr},
      .softmax_cross_entropy = softmax_cross_entropy,
      .sigmoid_bce = sigmoid_bce,
      .half_mse = half_mse,
      .mse = mse,
      .softmax_jacobian = softmax_jacobian,
      .dropout = dropout,
      .sgd = sgd,
      .momentum = momentum,
      .adam = adam,
      .add_scaled = add_scaled,
      .sum_of_squares = sum_of_squares,
      .first_non_finite = first_non_finite,
  };
  return kernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule {
namespace {

// Highway's own chooser lives in a library that Debian ships only as a shared one; the headers
// alone leave the choice to us. The compiler's builtins look at the CPU and at what the system
// saves.
struct Chooser {
  const Kernels* tables[8];
  size_t count = 0;

  Chooser() {
#if HWY_ARCH_X86
    __builtin_cpu_init();
#if HWY_TARGETS & HWY_AVX3
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd") && has_avx2()) {
      tables[count++] = &N_AVX3::table();
    }
#endif
#if HWY_TARGETS & HWY_AVX2
    if (has_avx2()) tables[count++] = &N_AVX2::table();
#endif
#if HWY_TARGETS & HWY_SSE4
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") &&
        __builtin_cpu_supports("aes")) {
      tables[count++] = &N_SSE4::table();
    }
#endif
#if HWY_TARGETS & HWY_SSSE3
    if (__builtin_cpu_supports("ssse3")) tables[count++] = &N_SSSE3::table();
#endif
#endif  // HWY_ARCH_X86
    // What the compiler may take for granted on this architecture.
    tables[count++] = &HWY_STATIC_DISPATCH(table)();
  }

#if HWY_ARCH_X86
  static bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  }
#endif
};

}  // namespace

std::span<const Kernels* const> supported_kernels() {
  static const Chooser chooser;
  return {chooser.tables, chooser.count};
}

const Kernels& kernels_named(const char* name) {
  if (name == nullptr || *name == '\0') return *supported_kernels().front();
  std::string names;
  for (const Kernels* kernels : supported_kernels()) {
    if (std::string_view(kernels->name) == name) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string(kernels->name);
  }
  throw Error(ErrorCode::kBackend,
              "this CPU has no kernels named '" + std::string(name) + "'; it has " + names);
}

}  // namespace chainrule
#endif  // HWY_ONCE
