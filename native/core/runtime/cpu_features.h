#pragma once

#include <string_view>
#include <vector>

namespace chainrule {

/// Whether this CPU has a feature and the system saves the registers that the feature needs. Asks
/// the CPU itself: the compiler's __builtin_cpu_supports depends on the runtime library, and zig's
/// says no to everything.
///
/// @param name as in Linux's /proc/cpuinfo, e.g. "avx2"; false for a name that is not in the table
bool cpu_has(std::string_view name);

/// Names of the features in the table that cpu_has() is true for.
std::vector<std::string_view> cpu_features();

/// Names of those that the CPU has but the system does not enable.
std::vector<std::string_view> cpu_features_not_enabled();

}  // namespace chainrule
