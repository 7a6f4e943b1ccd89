#pragma once

#include <cstdint>

namespace chainrule {

struct Plan;

/// What of a matrix each worker computes.
enum class Division : uint8_t {
  kRows,   // its own rows of the batch
  kTiles,  // its share of the tiles, whose rows and columns may be any
};

/// A phase of a step: one operation on one layer, which every worker does its part of.
struct Phase {
  Division division = Division::kRows;
  bool waits = false;  // for all workers' phases before this one

  bool by_rows() const { return division == Division::kRows; }
};

/// Decides which phases of a step must wait. A phase says what it reads and writes, and of which
/// rows; it waits if another worker may still be writing what it reads or writes, or reading what
/// it writes.
void derive_waits(Plan& plan);

}  // namespace chainrule
