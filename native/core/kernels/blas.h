#pragma once

#include <string>

#include "kernels/kernels.h"

namespace chainrule {

/// A panel's product by OpenBLAS: if the kernels have no vectors, its hand-written ones are 2.7
/// times as fast as our compiled ones. By a plain loop if there is no OpenBLAS, or none that can
/// run here: see blas_may_run().
void multiply_with_blas(const PanelProduct& product);

/// Name, version and kernel family of the BLAS, e.g. "OpenBLAS 0.3.34 SkylakeX"; "none" for a build
/// without one.
std::string blas_description();

/// Whether there is a BLAS, and this CPU has what its kernels require. OpenBLAS chooses them by the
/// CPU's family or by OPENBLAS_CORETYPE, and either can be wrong: 0.3.21 mistakes QEMU's default
/// model for an Opteron, and its kernels for that end the process with an illegal instruction.
bool blas_may_run();

}  // namespace chainrule
