// The one file that calls OpenBLAS. CHAINRULE_NO_BLAS leaves it out.
#include "kernels/blas.h"

#include <span>
#include <string_view>

#include "runtime/cpu_features.h"

namespace chainrule {
#if defined(CHAINRULE_NO_BLAS)

void multiply_with_blas(const PanelProduct&) {}
std::string blas_description() { return "none"; }
bool blas_may_run() { return false; }
std::string why_blas_may_not_run() { return "this build of the addon has no OpenBLAS"; }

#else

// The declarations of cblas.h, for 32-bit integers. The header itself differs between
// distributions, and without it a cross build needs only the library.
extern "C" {
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
const char* openblas_get_config();
const char* openblas_get_corename();
}

namespace {

constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

/// Instructions that the kernels of one family use and that a CPU might lack.
struct KernelFamily {
  std::string_view name;  // as openblas_get_corename() has it
  std::span<const std::string_view> needs;
};

constexpr std::string_view kSse3[] = {"sse3"};
constexpr std::string_view kSsse3[] = {"ssse3"};
constexpr std::string_view kSse41[] = {"sse4_1"};
constexpr std::string_view kSse42[] = {"sse4_2"};
constexpr std::string_view kAvx[] = {"avx"};
constexpr std::string_view kAvx2[] = {"avx2", "fma"};
constexpr std::string_view kAvx512[] = {"avx2",     "fma",      "avx512f", "avx512dq",
                                        "avx512cd", "avx512bw", "avx512vl"};
constexpr std::string_view k3dnow[] = {"sse3", "3dnow"};
constexpr std::string_view kFma4[] = {"avx", "fma4"};

constexpr KernelFamily kFamilies[] = {
    {"Katmai", kSse3},        {"Coppermine", kSse3},   {"Northwood", kSse3},
    {"Prescott", kSse3},      {"Banias", kSse3},       {"Atom", kSsse3},
    {"Core2", kSsse3},        {"Penryn", kSse41},      {"Dunnington", kSse41},
    {"Nehalem", kSse42},      {"Athlon", k3dnow},      {"Opteron", k3dnow},
    {"Opteron_SSE3", k3dnow}, {"Barcelona", k3dnow},   {"Sandybridge", kAvx},
    {"Bulldozer", kFma4},     {"Piledriver", kFma4},   {"Steamroller", kFma4},
    {"Excavator", kFma4},     {"Haswell", kAvx2},      {"Zen", kAvx2},
    {"SkylakeX", kAvx512},    {"Cooperlake", kAvx512}, {"SapphireRapids", kAvx512},
};

bool cpu_suits(std::string_view family) {
#if defined(__x86_64__)
  for (const auto& [name, needs] : kFamilies) {
    if (name != family) continue;
    for (const std::string_view feature : needs) {
      if (!cpu_has(feature)) return false;
    }
    return true;
  }
  return false;
#else
  // On other architectures OpenBLAS chooses the family by what the system says about the CPU.
  (void)family;
  return true;
#endif
}

}  // namespace

bool blas_may_run() {
  static const bool may = cpu_suits(openblas_get_corename());
  return may;
}

std::string why_blas_may_not_run() {
  if (blas_may_run()) return "";
  return "OpenBLAS chose kernels for " + std::string(openblas_get_corename()) +
         ", which this CPU cannot run; OPENBLAS_CORETYPE can choose others";
}

void multiply_with_blas(const PanelProduct& product) {
  if (product.rows == 0) return;
  const auto size = [](size_t value) { return static_cast<int>(value); };
  // Sizes fit: validate() and the plan keep every array below 2^31 elements. The stride of a single
  // row may be beyond, since it is rounded up, but does not count.
  const auto stride = [&](size_t rows, size_t cols, size_t by_row) {
    return size(rows == 1 ? cols : by_row);
  };
  // Of A's two strides one is 1.
  const bool transposed = product.a_depth != 1;
  const int a_stride = transposed ? stride(product.depth, product.rows, product.a_depth)
                                  : stride(product.rows, product.depth, product.a_row);
  const int b_stride = product.b_transposed
                           ? stride(product.width, product.depth, product.b_stride)
                           : stride(product.depth, product.width, product.b_stride);
  cblas_sgemm(kRowMajor, transposed ? kTranspose : kNoTranspose,
              product.b_transposed ? kTranspose : kNoTranspose, size(product.rows),
              size(product.width), size(product.depth), 1.0f, product.a, a_stride, product.b,
              b_stride, product.accumulate ? 1.0f : 0.0f, product.c,
              stride(product.rows, product.width, product.c_stride));
}

std::string blas_description() {
  // The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
  const std::string_view config = openblas_get_config();
  const size_t version_end = config.find(' ', config.find(' ') + 1);
  return std::string(config.substr(0, version_end)) + " " + openblas_get_corename();
}

#endif

}  // namespace chainrule
