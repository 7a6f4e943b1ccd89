#pragma once

#include <cstddef>
#include <string>

namespace chainrule {

/// A matrix in memory: row-major, rows `stride` floats apart; `transposed` reads its columns as
/// rows.
struct Matrix {
  const float* data;
  size_t stride;
  bool transposed = false;
};

/// C (m, n) = A (m, k) B (k, n), on this thread alone. C is overwritten without being read. C's
/// rows lie `c_stride` floats apart.
void gemm(size_t m, size_t n, size_t k, Matrix a, Matrix b, float* c, size_t c_stride);

/// Name, version and kernel family of the BLAS, e.g. "OpenBLAS 0.3.21 SkylakeX".
std::string blas_description();

}  // namespace chainrule
