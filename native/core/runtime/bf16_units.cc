#include "runtime/bf16_units.h"

#include <cerrno>
#include <cstring>
#include <initializer_list>

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace chainrule {
namespace {

int ask_linux_for_tiles() {
#if defined(__linux__) && defined(__x86_64__)
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM of asm/prctl.h
  constexpr int kTileData = 18;               // the bit of XCR0
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0 ? 0 : errno;
#else
  return ENOSYS;
#endif
}

std::string refusal(int error) {
  if (error == ENOSPC) {
    return "the system refuses tiles: a thread has a stack for signals that is too small for them";
  }
  if (error == ENOSYS || error == EINVAL) return "the system does not know tiles";
  return std::string("the system refuses tiles: ") + std::strerror(error);
}

}  // namespace

std::string why_no_bf16_unit(Bf16Unit unit, const CpuWords& cpu, AskForTiles ask) {
  const bool tiles = unit == Bf16Unit::kAmx;
  // The conversions are AVX-512's with tiles, too.
  std::initializer_list<const char*> vectors = {"avx512f", "avx512dq", "avx512bw", "avx512vl",
                                                "avx512_bf16"};
  for (const char* name : {"amx_tile", "amx_bf16"}) {
    if (tiles && !cpu_reports(cpu, name)) return std::string("the CPU has no ") + name;
  }
  for (const char* name : vectors) {
    if (!cpu_reports(cpu, name)) return std::string("the CPU has no ") + name;
  }
  if (!system_enables(cpu, "avx512f")) return "the system does not save the registers of AVX-512";
  if (!tiles) return "";
  if (!system_enables(cpu, "amx_tile")) return "the system does not save tiles";
  const int error = ask();
  return error == 0 ? "" : refusal(error);
}

const std::string& why_no_bf16_unit(Bf16Unit unit) {
  if (unit == Bf16Unit::kVdpbf16) {
    static const std::string vdpbf16 =
        why_no_bf16_unit(Bf16Unit::kVdpbf16, this_cpu(), ask_linux_for_tiles);
    return vdpbf16;
  }
  static const std::string amx = why_no_bf16_unit(Bf16Unit::kAmx, this_cpu(), ask_linux_for_tiles);
  return amx;
}

bool vdpbf16_is_fast(const CpuWords& cpu) { return cpu.is_amd(); }

}  // namespace chainrule
