#include "runtime/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace chainrule {
namespace {

#if defined(__x86_64__)

// Intel's manual, volume 2, CPUID and volume 1, section 13.3; AMD's, volume 3, appendix E, for the
// extended leaf 0x80000001.
enum class Register { kEax, kEbx, kEcx, kEdx };

// Registers that the system must save at a context switch: bits of XCR0.
constexpr uint64_t kSse = 0;  // every x64 system saves these
constexpr uint64_t kAvx = 0x6;
constexpr uint64_t kAvx512 = 0xe6;
constexpr uint64_t kAmx = 0x60000;

struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register in;
  int bit;
  uint64_t saved;
};

constexpr Feature kFeatures[] = {
    {"sse2", 1, 0, Register::kEdx, 26, kSse},
    {"sse3", 1, 0, Register::kEcx, 0, kSse},
    {"ssse3", 1, 0, Register::kEcx, 9, kSse},
    {"sse4_1", 1, 0, Register::kEcx, 19, kSse},
    {"sse4_2", 1, 0, Register::kEcx, 20, kSse},
    {"aes", 1, 0, Register::kEcx, 25, kSse},
    {"pclmulqdq", 1, 0, Register::kEcx, 1, kSse},
    {"avx", 1, 0, Register::kEcx, 28, kAvx},
    {"f16c", 1, 0, Register::kEcx, 29, kAvx},
    {"fma", 1, 0, Register::kEcx, 12, kAvx},
    {"avx2", 7, 0, Register::kEbx, 5, kAvx},
    {"bmi1", 7, 0, Register::kEbx, 3, kSse},
    {"bmi2", 7, 0, Register::kEbx, 8, kSse},
    {"avx512f", 7, 0, Register::kEbx, 16, kAvx512},
    {"avx512dq", 7, 0, Register::kEbx, 17, kAvx512},
    {"avx512cd", 7, 0, Register::kEbx, 28, kAvx512},
    {"avx512bw", 7, 0, Register::kEbx, 30, kAvx512},
    {"avx512vl", 7, 0, Register::kEbx, 31, kAvx512},
    {"avx512_bf16", 7, 1, Register::kEax, 5, kAvx512},
    {"amx_tile", 7, 0, Register::kEdx, 24, kAmx},
    {"amx_bf16", 7, 0, Register::kEdx, 22, kAmx},
    {"3dnow", 0x80000001, 0, Register::kEdx, 31, kSse},
    {"fma4", 0x80000001, 0, Register::kEcx, 16, kAvx},
};

bool cpu_reports(const Feature& feature) {
  uint32_t registers[4] = {};
  if (__get_cpuid_count(feature.leaf, feature.subleaf, &registers[0], &registers[1], &registers[2],
                        &registers[3]) == 0) {
    return false;
  }
  // A CPU may answer an unknown subleaf with another one's bits.
  if (feature.subleaf > 0) {
    uint32_t last_subleaf = 0, b = 0, c = 0, d = 0;
    __get_cpuid_count(feature.leaf, 0, &last_subleaf, &b, &c, &d);
    if (feature.subleaf > last_subleaf) return false;
  }
  return (registers[static_cast<int>(feature.in)] >> feature.bit & 1) != 0;
}

/// XCR0, or 0 if the system has not enabled XGETBV.
uint64_t saved_registers() {
  constexpr int kOsxsave = 27;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> kOsxsave & 1) == 0) return 0;
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

bool system_saves(uint64_t registers) { return (saved_registers() & registers) == registers; }

#elif defined(__aarch64__)

// Every 64-bit Arm CPU that runs an operating system has Advanced SIMD.
struct Feature {
  std::string_view name;
  uint64_t saved;
};
constexpr Feature kFeatures[] = {{"asimd", 0}};
bool cpu_reports(const Feature&) { return true; }
bool system_saves(uint64_t) { return true; }

#else

struct Feature {
  std::string_view name;
  uint64_t saved;
};
constexpr Feature kFeatures[] = {{"", 0}};
bool cpu_reports(const Feature&) { return false; }
bool system_saves(uint64_t) { return false; }

#endif

std::vector<std::string_view> reported(bool enabled) {
  std::vector<std::string_view> names;
  for (const Feature& feature : kFeatures) {
    if (cpu_reports(feature) && system_saves(feature.saved) == enabled)
      names.push_back(feature.name);
  }
  return names;
}

}  // namespace

bool cpu_has(std::string_view name) {
  for (const Feature& feature : kFeatures) {
    if (feature.name == name) return cpu_reports(feature) && system_saves(feature.saved);
  }
  return false;
}

std::vector<std::string_view> cpu_features() { return reported(true); }

std::vector<std::string_view> cpu_features_not_enabled() { return reported(false); }

}  // namespace chainrule
