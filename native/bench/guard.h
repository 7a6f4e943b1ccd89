#pragma once

#include <cstdint>

#include "cases.h"

namespace chainrule::bench {

/// Trains exactly `steps` steps on one thread, for a program that counts instructions: no clock
/// decides how much is done, and no sgemm runs. Prints the number of steps that the network
/// counted, and the versions of the compiler and of Highway. Returns an exit status.
int run_steps(const Case& c, uint32_t steps);

/// Prints the median over `rounds` of the step's GFLOP/s over those of an sgemm right after it,
/// on one thread, and the number of steps that the network counted. Returns an exit status.
int print_fraction(const Case& c, uint32_t rounds);

}  // namespace chainrule::bench
