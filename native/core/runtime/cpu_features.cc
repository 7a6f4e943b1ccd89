#include "runtime/cpu_features.h"

#include <array>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace chainrule {
namespace {

#if defined(__x86_64__)

// Intel's manual, volume 2, CPUID and volume 1, section 13.3; AMD's, volume 3, appendix E, for the
// extended leaf 0x80000001.
enum Register { kEax, kEbx, kEcx, kEdx };
using Registers = std::array<uint32_t, 4>;

/// Zeros for a leaf that the CPU does not have.
Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r = {};
  __get_cpuid_count(leaf, subleaf, &r[kEax], &r[kEbx], &r[kEcx], &r[kEdx]);
  return r;
}

/// XCR0, or 0 if the system has not enabled XGETBV.
uint64_t saved_registers(const Registers& leaf1) {
  constexpr int kOsxsave = 27;
  if ((leaf1[kEcx] >> kOsxsave & 1) == 0) return 0;
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

/// What the CPU says of itself, asked once: under a hypervisor a question takes microseconds.
struct Cpu {
  Registers leaf1 = cpuid(1, 0);
  Registers leaf7 = cpuid(7, 0);
  // A CPU may answer an unknown subleaf with another one's bits. EAX of subleaf 0 has the last one.
  Registers leaf7_1 = leaf7[kEax] >= 1 ? cpuid(7, 1) : Registers{};
  Registers extended = cpuid(0x80000001, 0);
  uint64_t saved = saved_registers(leaf1);
};

const Cpu& this_cpu() {
  static const Cpu cpu;
  return cpu;
}

// Registers that the system must save at a context switch: bits of XCR0.
constexpr uint64_t kSse = 0;  // every x64 system saves these
constexpr uint64_t kAvx = 0x6;
constexpr uint64_t kAvx512 = 0xe6;
constexpr uint64_t kAmx = 0x60000;

struct Feature {
  std::string_view name;
  Registers Cpu::*leaf;
  Register in;
  int bit;
  uint64_t saved;
};

constexpr Feature kFeatures[] = {
    {"sse2", &Cpu::leaf1, kEdx, 26, kSse},
    {"sse3", &Cpu::leaf1, kEcx, 0, kSse},
    {"ssse3", &Cpu::leaf1, kEcx, 9, kSse},
    {"sse4_1", &Cpu::leaf1, kEcx, 19, kSse},
    {"sse4_2", &Cpu::leaf1, kEcx, 20, kSse},
    {"aes", &Cpu::leaf1, kEcx, 25, kSse},
    {"pclmulqdq", &Cpu::leaf1, kEcx, 1, kSse},
    {"avx", &Cpu::leaf1, kEcx, 28, kAvx},
    {"f16c", &Cpu::leaf1, kEcx, 29, kAvx},
    {"fma", &Cpu::leaf1, kEcx, 12, kAvx},
    {"avx2", &Cpu::leaf7, kEbx, 5, kAvx},
    {"bmi1", &Cpu::leaf7, kEbx, 3, kSse},
    {"bmi2", &Cpu::leaf7, kEbx, 8, kSse},
    {"avx512f", &Cpu::leaf7, kEbx, 16, kAvx512},
    {"avx512dq", &Cpu::leaf7, kEbx, 17, kAvx512},
    {"avx512cd", &Cpu::leaf7, kEbx, 28, kAvx512},
    {"avx512bw", &Cpu::leaf7, kEbx, 30, kAvx512},
    {"avx512vl", &Cpu::leaf7, kEbx, 31, kAvx512},
    {"avx512_bf16", &Cpu::leaf7_1, kEax, 5, kAvx512},
    {"amx_tile", &Cpu::leaf7, kEdx, 24, kAmx},
    {"amx_bf16", &Cpu::leaf7, kEdx, 22, kAmx},
    {"3dnow", &Cpu::extended, kEdx, 31, kSse},
    {"fma4", &Cpu::extended, kEcx, 16, kAvx},
};

bool cpu_reports(const Feature& feature) {
  return ((this_cpu().*feature.leaf)[feature.in] >> feature.bit & 1) != 0;
}

bool system_saves(uint64_t registers) { return (this_cpu().saved & registers) == registers; }

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
