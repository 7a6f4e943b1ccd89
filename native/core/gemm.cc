// The one file that sees cblas.h.
#include "gemm.h"

#include <cblas.h>

#include <string_view>

namespace chainrule {

void gemm(size_t m, size_t n, size_t k, Matrix a, Matrix b, float* c, size_t c_stride) {
  // Sizes fit: validate() and the plan keep every array below 2^31 elements.
  cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
              b.transposed ? CblasTrans : CblasNoTrans, static_cast<blasint>(m),
              static_cast<blasint>(n), static_cast<blasint>(k), 1.0f, a.data,
              static_cast<blasint>(a.stride), b.data, static_cast<blasint>(b.stride), 0.0f, c,
              static_cast<blasint>(c_stride));
}

std::string blas_description() {
  // The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
  const std::string_view config = openblas_get_config();
  const size_t version_end = config.find(' ', config.find(' ') + 1);
  return std::string(config.substr(0, version_end)) + " " + openblas_get_corename();
}

}  // namespace chainrule
