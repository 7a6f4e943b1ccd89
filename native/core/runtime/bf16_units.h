#pragma once

#include <string>

#include "runtime/cpu_features.h"

namespace chainrule {

/// A CPU's units for products of bf16 matrices.
enum class Bf16Unit {
  kVdpbf16,  // the vector instruction VDPBF16PS
  kAmx,      // tiles: TDPBF16PS
};

/// Asks the system for the use of the tile registers. Returns 0, or the error's number.
using AskForTiles = int (*)();

/// Why the unit of a CPU cannot be used here; empty if it can.
std::string why_no_bf16_unit(Bf16Unit unit, const CpuWords& cpu, AskForTiles ask);

/// The same for this CPU, found out once. The first question about tiles asks the system for them,
/// for the whole process: all its threads, earlier and later ones, and its forked children. A
/// process that never asks is left as it is: with tiles, the system refuses small stacks for
/// signals.
const std::string& why_no_bf16_unit(Bf16Unit unit);

/// Whether VDPBF16PS multiplies faster than float32 instructions: twice as fast on AMD's Zen 4 and
/// 5, half as fast on Intel's CPUs.
bool vdpbf16_is_fast(const CpuWords& cpu);

}  // namespace chainrule
