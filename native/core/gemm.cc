// The one file that sees cblas.h.
#include "gemm.h"

#include <cblas.h>

#include <string_view>

namespace chainrule {

void multiply_with_blas(const PanelProduct& product) {
  // Of A's two strides one is 1; of a single row only the other counts. Sizes fit: validate() and
  // the plan keep every array below 2^31 elements.
  const bool transposed = product.a_depth != 1;
  const size_t row = product.rows == 1 ? product.depth : product.a_row;
  cblas_sgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans,
              static_cast<blasint>(product.rows), static_cast<blasint>(product.width),
              static_cast<blasint>(product.depth), 1.0f, product.a,
              static_cast<blasint>(transposed ? product.a_depth : row), product.b,
              static_cast<blasint>(product.b_stride), product.accumulate ? 1.0f : 0.0f, product.c,
              static_cast<blasint>(product.c_stride));
}

std::string blas_description() {
  // The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
  const std::string_view config = openblas_get_config();
  const size_t version_end = config.find(' ', config.find(' ') + 1);
  return std::string(config.substr(0, version_end)) + " " + openblas_get_corename();
}

}  // namespace chainrule
