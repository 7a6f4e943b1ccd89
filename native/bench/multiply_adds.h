#pragma once

#include <cstddef>

namespace chainrule::bench {

/// Multiply-adds of float32 in registers alone, with one instruction set: as many as the processor
/// can do, since nothing waits for memory or for another result.
struct MultiplyAdds {
  const char* name;            // as Kernels::name
  double flops_per_iteration;  // a multiplication and an addition count as two
  /// Calls for a factor below 1, so that the sums stay finite. The result depends on every
  /// multiply-add; store it, so that the compiler cannot leave them out.
  float (*run)(size_t iterations, float factor, float addend);
};

/// Those of the instruction set that kernels_named(name) chooses. Throws Error(kBackend) as that
/// does.
const MultiplyAdds& multiply_adds_named(const char* name);

}  // namespace chainrule::bench
