#include "kernels/kernels.h"

#include <optional>
#include <string>
#include <string_view>

#include "kernels/blas.h"
#include "runtime/cpu_features.h"
#include "runtime/error.h"

#include "kernels/targets.h"

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

void multiply_whole(const PanelProduct& product) {
  multiply_with_blas(product);
  apply_epilogue(product);
}

// The two NEON targets differ only in cryptography.
#if HWY_TARGET == HWY_NEON_WITHOUT_AES
constexpr const char* kName = "NEON";
#else
const char* const kName = hwy::TargetName(HWY_TARGET);
#endif

Kernels make_table(Gemm gemm) {
  const bool own = gemm == Gemm::kOwn;
  // Intel's cores lose by loads from L2 what AMD's do not: docs/decisions/0002.
  const bool intel = this_cpu().is_intel() && kHasVectors;
  const auto multiply_own = intel ? multiply<kMayFetchAhead> : multiply<false>;
  return {
      .name = kName,
      .has_vectors = kHasVectors,
      .float_lanes = kLanes,
      .gemm = gemm,
      .most_strip_rows = kTileRows,
      .panels = {.lanes = kLanes, .whole = !own, .strip_rows = own && intel ? kTileRows : 0},
      .gather = gather,
      .gather_transposed = gather_transposed,
      .random_words = random_words,
      .multiply = own ? multiply_own : multiply_whole,
      .dot_products = dot_products,
      .transpose = transpose,
      .copy = copy,
      .activate = kActivate,
      .multiply_derivative = kMultiplyDerivative,
      .loss = kLoss,
      .softmax_jacobian = softmax_jacobian,
      .dropout = dropout,
      .update = kUpdate,
      .add_scaled = add_scaled,
      .scale_rows = scale_rows,
      .row_dots = row_dots,
      .sum_of_squares = sum_of_squares,
      .quick_squares = quick_squares,
      .first_non_finite = first_non_finite,
  };
}

const Kernels& table(Gemm gemm) {
  static const Kernels tables[] = {make_table(Gemm::kOwn), make_table(Gemm::kOpenBlas)};
  return tables[static_cast<size_t>(gemm)];
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule {
namespace {

// Highway's own chooser is in a library that Debian ships only as a shared one. We use only the
// headers, so we choose ourselves.
struct Chooser {
  const Kernels* tables[8];
  size_t count = 0;

  explicit Chooser(Gemm gemm) {
    if (gemm == Gemm::kOpenBlas && !blas_may_run()) return;
#if HWY_ARCH_X86
    const bool sse4 =
        cpu_has("ssse3") && cpu_has("sse4_2") && cpu_has("aes") && cpu_has("pclmulqdq");
    const bool avx2 = sse4 && cpu_has("avx2") && cpu_has("fma") && cpu_has("f16c") &&
                      cpu_has("bmi1") && cpu_has("bmi2");
    const bool avx3 = avx2 && cpu_has("avx512f") && cpu_has("avx512dq") && cpu_has("avx512cd") &&
                      cpu_has("avx512bw") && cpu_has("avx512vl");
#if HWY_TARGETS & HWY_AVX3
    if (avx3) add(N_AVX3::table(gemm));
#endif
#if HWY_TARGETS & HWY_AVX2
    if (avx2) add(N_AVX2::table(gemm));
#endif
#if HWY_TARGETS & HWY_SSE4
    if (sse4) add(N_SSE4::table(gemm));
#endif
#if HWY_TARGETS & HWY_SSSE3
    if (cpu_has("ssse3")) add(N_SSSE3::table(gemm));
#endif
#endif  // HWY_ARCH_X86
    // The baseline that the compiler may assume on this architecture.
    add(HWY_STATIC_DISPATCH(table)(gemm));
  }

  void add(const Kernels& kernels) { tables[count++] = &kernels; }
};

}  // namespace

std::span<const Kernels* const> supported_kernels(Gemm gemm) {
  static const Chooser own(Gemm::kOwn), openblas(Gemm::kOpenBlas);
  const Chooser& chooser = gemm == Gemm::kOwn ? own : openblas;
  return {chooser.tables, chooser.count};
}

const Kernels& kernels_named(const char* name, std::optional<Gemm> gemm) {
  const std::span<const Kernels* const> all = supported_kernels(Gemm::kOwn);
  size_t chosen = 0;
  if (name != nullptr && *name != '\0') {
    std::string names;
    while (chosen < all.size() && std::string_view(all[chosen]->name) != name) {
      names += (names.empty() ? "" : ", ") + std::string(all[chosen++]->name);
    }
    if (chosen == all.size()) {
      throw Error(ErrorCode::kBackend,
                  "this CPU has no kernels named '" + std::string(name) + "'; it has " + names);
    }
  }
  const std::span<const Kernels* const> with_blas = supported_kernels(Gemm::kOpenBlas);
  if (gemm == Gemm::kOpenBlas && with_blas.empty()) {
    throw Error(ErrorCode::kBackend, why_blas_may_not_run());
  }
  const bool by_blas =
      gemm ? *gemm == Gemm::kOpenBlas : !all[chosen]->has_vectors && !with_blas.empty();
  return by_blas ? *with_blas[chosen] : *all[chosen];
}

}  // namespace chainrule
#endif  // HWY_ONCE
