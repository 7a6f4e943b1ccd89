#pragma once

#include <string>

#include "kernels/kernels.h"

namespace chainrule {

/// A product by OpenBLAS, without the epilogue. Only if blas_may_run().
void multiply_with_blas(const PanelProduct& product);

/// Name, version and kernel family of the BLAS, e.g. "OpenBLAS 0.3.34 SkylakeX"; "none" for a build
/// without one.
std::string blas_description();

/// Whether there is a BLAS, and this CPU has what its kernels require. OpenBLAS chooses them by the
/// CPU's family or by OPENBLAS_CORETYPE, and either can be wrong: 0.3.21 mistakes QEMU's default
/// model for an Opteron, and its kernels for that end the process with an illegal instruction.
bool blas_may_run();

/// Why it may not, in a sentence; empty if it may.
std::string why_blas_may_not_run();

}  // namespace chainrule
