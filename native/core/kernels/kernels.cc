#include "kernels/kernels.h"

#include <string>
#include <string_view>

#include "kernels/blas.h"
#include "runtime/cpu_features.h"
#include "runtime/error.h"

// The instruction sets to compile for. Newer releases of Highway have more, which would double the
// binary: the kernels use nothing that AVX3_DL and the like add to AVX3, and a register tile cannot
// consist of vectors whose length is known only at run time.
#define HWY_DISABLED_TARGETS                                                                      \
  (~(HWY_SCALAR | HWY_EMU128 | HWY_SSE2 | HWY_SSSE3 | HWY_SSE4 | HWY_AVX2 | HWY_AVX3 | HWY_NEON | \
     HWY_NEON_WITHOUT_AES))
#include "hwy/detect_targets.h"
#if !defined(HWY_SSE2)  // before 1.0.4
#define HWY_SSE2 0
#endif
#if !defined(HWY_NEON_WITHOUT_AES)  // before 1.0.5
#define HWY_NEON_WITHOUT_AES 0
#endif

// Compiles the rest of this file once for each instruction set, in a namespace of its own.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// The order matters: every instruction set includes what follows.
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

// The two NEON targets differ only in cryptography.
#if HWY_TARGET == HWY_NEON_WITHOUT_AES
constexpr const char* kName = "NEON";
#else
const char* const kName = hwy::TargetName(HWY_TARGET);
#endif

const Kernels& table() {
  static const Kernels kernels = {
      .name = kName,
      .float_lanes = hn::Lanes(FloatTag()),
      .panel_lanes = kPanelLanes,
      .uses_blas = kUsesBlas,
      .gather = gather,
      .gather_transposed = gather_transposed,
      .random_words = random_words,
      .multiply = kUsesBlas ? multiply_by_blas : multiply,
      .dot_products = dot_products,
      .transpose = transpose,
      .activate = kActivate,
      .multiply_derivative = kMultiplyDerivative,
      .loss = kLoss,
      .softmax_jacobian = softmax_jacobian,
      .dropout = dropout,
      .update = kUpdate,
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

// Highway's own chooser is in a library that Debian ships only as a shared one. We use the headers
// alone, so we choose ourselves.
struct Chooser {
  const Kernels* tables[8];
  size_t count = 0;

  Chooser() {
#if HWY_ARCH_X86
    const bool sse4 =
        cpu_has("ssse3") && cpu_has("sse4_2") && cpu_has("aes") && cpu_has("pclmulqdq");
    const bool avx2 = sse4 && cpu_has("avx2") && cpu_has("fma") && cpu_has("f16c") &&
                      cpu_has("bmi1") && cpu_has("bmi2");
    const bool avx3 = avx2 && cpu_has("avx512f") && cpu_has("avx512dq") && cpu_has("avx512cd") &&
                      cpu_has("avx512bw") && cpu_has("avx512vl");
#if HWY_TARGETS & HWY_AVX3
    if (avx3) add(N_AVX3::table());
#endif
#if HWY_TARGETS & HWY_AVX2
    if (avx2) add(N_AVX2::table());
#endif
#if HWY_TARGETS & HWY_SSE4
    if (sse4) add(N_SSE4::table());
#endif
#if HWY_TARGETS & HWY_SSSE3
    if (cpu_has("ssse3")) add(N_SSSE3::table());
#endif
#endif  // HWY_ARCH_X86
    // The baseline that the compiler may assume on this architecture.
    add(HWY_STATIC_DISPATCH(table)());
  }

  void add(const Kernels& kernels) { tables[count++] = &kernels; }
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
