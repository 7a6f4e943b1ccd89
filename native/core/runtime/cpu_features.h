#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chainrule {

/// What an x86 CPU says of itself: the registers of CPUID's leaves, zeros for a leaf that it does
/// not have, and XCR0, the registers that the system saves. All zeros on other architectures.
struct CpuWords {
  enum Register { kEax, kEbx, kEcx, kEdx };
  using Registers = std::array<uint32_t, 4>;

  Registers leaf0 = {};
  Registers leaf1 = {};
  Registers leaf7 = {};
  Registers leaf7_1 = {};
  Registers extended = {};
  uint64_t saved = 0;

  bool is_amd() const;
  bool is_intel() const;
};

/// The words of this CPU, asked once: under a hypervisor a question takes microseconds.
const CpuWords& this_cpu();

/// Whether this CPU has a feature and the system saves the registers that the feature needs. Asks
/// the CPU itself: the compiler's __builtin_cpu_supports depends on the runtime library, and zig's
/// says no to everything.
///
/// @param name as in Linux's /proc/cpuinfo, e.g. "avx2"; false for a name that is not in the table
bool cpu_has(std::string_view name);

/// The same for a CPU that says this of itself, whether or not the system saves the registers.
bool cpu_reports(const CpuWords& cpu, std::string_view name);
/// Whether the system saves the registers that a feature of the table needs.
bool system_enables(const CpuWords& cpu, std::string_view name);

/// Names of the features in the table that cpu_has() is true for.
std::vector<std::string_view> cpu_features();

/// Names of those that the CPU has but the system does not enable.
std::vector<std::string_view> cpu_features_not_enabled();

}  // namespace chainrule
