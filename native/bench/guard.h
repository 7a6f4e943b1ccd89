#pragma once

#include <cstdint>

#include "cases.h"

namespace chainrule::bench {

/// Trains exactly `steps` steps on one thread, for a program that counts instructions: no clock
/// decides how much is done, and no sgemm runs. Prints the number of steps that the network
/// counted, and the versions of the compiler and of Highway. Returns an exit status.
int run_steps(const Case& c, uint32_t steps);

/// Prints the median over `rounds` of the step's GFLOP/s over the larger peak right after it, on
/// one thread, and the steps that the network says it took. Returns an exit status. The peak needs
/// no BLAS: OpenBLAS may take a new CPU for an old one, and its sgemm is then no measure.
int print_fraction(const Case& c, uint32_t rounds);

}  // namespace chainrule::bench
