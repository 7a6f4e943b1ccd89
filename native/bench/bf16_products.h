#pragma once

#include <cstddef>

namespace chainrule::bench {

/// Products of bf16 numbers, summed in float32, in registers alone: as many as the processor can
/// do, by its fastest unit.
struct Bf16Products {
  double flops_per_iteration;  // a multiplication and an addition count as two
  /// The result depends on every product; store it, so that the compiler cannot leave them out.
  float (*run)(size_t iterations);
};

/// Null where the processor has no unit for them, or the system does not allow its use. Asks the
/// system for AMX's tiles.
const Bf16Products* bf16_products();

}  // namespace chainrule::bench
