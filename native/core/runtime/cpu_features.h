#pragma once

#include <string_view>
#include <vector>

namespace chainrule {

/// Whether this CPU has a feature, and the system saves the registers that it needs. Asks the CPU
/// itself: what stands behind the compiler's __builtin_cpu_supports differs from one runtime
/// library to the next, and zig's says no to everything.
///
/// @param name as Linux lists it in /proc/cpuinfo, e.g. "avx2"; a name not in the table has no CPU
bool cpu_has(std::string_view name);

/// Names of the features in the table that cpu_has() is true for.
std::vector<std::string_view> cpu_features();

/// Names of those that the CPU has but the system does not enable.
std::vector<std::string_view> cpu_features_not_enabled();

}  // namespace chainrule
