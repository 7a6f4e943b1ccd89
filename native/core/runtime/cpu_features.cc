#include "runtime/cpu_features.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace chainrule {
namespace {

#if defined(__x86_64__)

// Intel's manual, volume 2, CPUID and volume 1, section 13.3; AMD's, volume 3, appendix E, for the
// extended leaf 0x80000001.
using enum CpuWords::Register;
using Registers = CpuWords::Registers;

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

CpuWords ask_cpu() {
  CpuWords cpu;
  cpu.leaf0 = cpuid(0, 0);
  cpu.leaf1 = cpuid(1, 0);
  cpu.leaf7 = cpuid(7, 0);
  // A CPU may answer an unknown subleaf with another one's bits. EAX of subleaf 0 has the last one.
  if (cpu.leaf7[kEax] >= 1) cpu.leaf7_1 = cpuid(7, 1);
  cpu.extended = cpuid(0x80000001, 0);
  cpu.saved = saved_registers(cpu.leaf1);
  return cpu;
}

// Registers that the system must save at a context switch: bits of XCR0.
constexpr uint64_t kSse = 0;  // every x64 system saves these
constexpr uint64_t kAvx = 0x6;
constexpr uint64_t kAvx512 = 0xe6;
constexpr uint64_t kAmx = 0x60000;

struct Feature {
  std::string_view name;
  Registers CpuWords::*leaf;
  CpuWords::Register in;
  int bit;
  uint64_t saved;
};

constexpr Feature kFeatures[] = {
    {"sse2", &CpuWords::leaf1, kEdx, 26, kSse},
    {"sse3", &CpuWords::leaf1, kEcx, 0, kSse},
    {"ssse3", &CpuWords::leaf1, kEcx, 9, kSse},
    {"sse4_1", &CpuWords::leaf1, kEcx, 19, kSse},
    {"sse4_2", &CpuWords::leaf1, kEcx, 20, kSse},
    {"aes", &CpuWords::leaf1, kEcx, 25, kSse},
    {"pclmulqdq", &CpuWords::leaf1, kEcx, 1, kSse},
    {"avx", &CpuWords::leaf1, kEcx, 28, kAvx},
    {"f16c", &CpuWords::leaf1, kEcx, 29, kAvx},
    {"fma", &CpuWords::leaf1, kEcx, 12, kAvx},
    {"avx2", &CpuWords::leaf7, kEbx, 5, kAvx},
    {"bmi1", &CpuWords::leaf7, kEbx, 3, kSse},
    {"bmi2", &CpuWords::leaf7, kEbx, 8, kSse},
    {"avx512f", &CpuWords::leaf7, kEbx, 16, kAvx512},
    {"avx512dq", &CpuWords::leaf7, kEbx, 17, kAvx512},
    {"avx512cd", &CpuWords::leaf7, kEbx, 28, kAvx512},
    {"avx512bw", &CpuWords::leaf7, kEbx, 30, kAvx512},
    {"avx512vl", &CpuWords::leaf7, kEbx, 31, kAvx512},
    {"avx512_bf16", &CpuWords::leaf7_1, kEax, 5, kAvx512},
    {"amx_tile", &CpuWords::leaf7, kEdx, 24, kAmx},
    {"amx_bf16", &CpuWords::leaf7, kEdx, 22, kAmx},
    {"3dnow", &CpuWords::extended, kEdx, 31, kSse},
    {"fma4", &CpuWords::extended, kEcx, 16, kAvx},
};

bool reports(const CpuWords& cpu, const Feature& feature) {
  return ((cpu.*feature.leaf)[feature.in] >> feature.bit & 1) != 0;
}

bool saves(const CpuWords& cpu, const Feature& feature) {
  return (cpu.saved & feature.saved) == feature.saved;
}

#elif defined(__aarch64__)

// Every 64-bit Arm CPU that runs an operating system has Advanced SIMD.
struct Feature {
  std::string_view name;
  uint64_t saved;
};
constexpr Feature kFeatures[] = {{"asimd", 0}};
CpuWords ask_cpu() { return {}; }
bool reports(const CpuWords&, const Feature&) { return true; }
bool saves(const CpuWords&, const Feature&) { return true; }

#else

struct Feature {
  std::string_view name;
  uint64_t saved;
};
constexpr Feature kFeatures[] = {{"", 0}};
CpuWords ask_cpu() { return {}; }
bool reports(const CpuWords&, const Feature&) { return false; }
bool saves(const CpuWords&, const Feature&) { return false; }

#endif

std::vector<std::string_view> reported(bool enabled) {
  std::vector<std::string_view> names;
  for (const Feature& feature : kFeatures) {
    if (reports(this_cpu(), feature) && saves(this_cpu(), feature) == enabled)
      names.push_back(feature.name);
  }
  return names;
}

const Feature* feature_named(std::string_view name) {
  for (const Feature& feature : kFeatures) {
    if (feature.name == name) return &feature;
  }
  return nullptr;
}

bool has_vendor(const CpuWords& cpu, std::string_view name) {
  char vendor[12];
  std::memcpy(vendor, &cpu.leaf0[CpuWords::kEbx], 4);
  std::memcpy(vendor + 4, &cpu.leaf0[CpuWords::kEdx], 4);
  std::memcpy(vendor + 8, &cpu.leaf0[CpuWords::kEcx], 4);
  return std::string_view(vendor, sizeof(vendor)) == name;
}

}  // namespace

bool CpuWords::is_amd() const { return has_vendor(*this, "AuthenticAMD"); }
bool CpuWords::is_intel() const { return has_vendor(*this, "GenuineIntel"); }

const CpuWords& this_cpu() {
  static const CpuWords cpu = ask_cpu();
  return cpu;
}

bool cpu_reports(const CpuWords& cpu, std::string_view name) {
  const Feature* feature = feature_named(name);
  return feature != nullptr && reports(cpu, *feature);
}

bool system_enables(const CpuWords& cpu, std::string_view name) {
  const Feature* feature = feature_named(name);
  return feature != nullptr && saves(cpu, *feature);
}

bool cpu_has(std::string_view name) {
  return cpu_reports(this_cpu(), name) && system_enables(this_cpu(), name);
}

std::vector<std::string_view> cpu_features() { return reported(true); }

std::vector<std::string_view> cpu_features_not_enabled() { return reported(false); }

}  // namespace chainrule
