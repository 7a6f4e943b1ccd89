// What is taken for a CPU with units for bf16. The words of other CPUs than this one are made up.
#include "runtime/bf16_units.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include "kernels/tiles.h"

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace chainrule {
namespace {

int agree() { return 0; }
int no_room() { return ENOSPC; }
int unknown() { return EINVAL; }
int forbidden() { return EPERM; }
int must_not_be_asked() {
  FAIL("the system was asked for tiles");
  return 0;
}

#if defined(__x86_64__)

/// A CPU that has everything, on a system that saves everything.
CpuWords able() {
  CpuWords cpu;
  std::memcpy(&cpu.leaf0[CpuWords::kEbx], "Genu", 4);
  std::memcpy(&cpu.leaf0[CpuWords::kEdx], "ineI", 4);
  std::memcpy(&cpu.leaf0[CpuWords::kEcx], "ntel", 4);
  for (CpuWords::Registers* leaf : {&cpu.leaf1, &cpu.leaf7, &cpu.leaf7_1, &cpu.extended}) {
    leaf->fill(~0u);
  }
  cpu.saved = ~uint64_t{0};
  return cpu;
}

struct Bit {
  const char* reason;
  CpuWords::Registers CpuWords::*leaf;
  CpuWords::Register in;
  int bit;
};

// Intel's manual, volume 2, CPUID.
constexpr Bit kVectorBits[] = {
    {"the CPU has no avx512f", &CpuWords::leaf7, CpuWords::kEbx, 16},
    {"the CPU has no avx512dq", &CpuWords::leaf7, CpuWords::kEbx, 17},
    {"the CPU has no avx512bw", &CpuWords::leaf7, CpuWords::kEbx, 30},
    {"the CPU has no avx512vl", &CpuWords::leaf7, CpuWords::kEbx, 31},
    {"the CPU has no avx512_bf16", &CpuWords::leaf7_1, CpuWords::kEax, 5},
};
constexpr Bit kTileBits[] = {
    {"the CPU has no amx_bf16", &CpuWords::leaf7, CpuWords::kEdx, 22},
    {"the CPU has no amx_tile", &CpuWords::leaf7, CpuWords::kEdx, 24},
};

TEST_CASE("a CPU with every bit has both units for bf16") {
  CHECK(why_no_bf16_unit(Bf16Unit::kVdpbf16, able(), must_not_be_asked) == "");
  CHECK(why_no_bf16_unit(Bf16Unit::kAmx, able(), agree) == "");
}

TEST_CASE("any missing bit of the CPU is a reason against its unit for bf16") {
  for (const Bf16Unit unit : {Bf16Unit::kVdpbf16, Bf16Unit::kAmx}) {
    const auto without = [unit](const Bit& bit) {
      CpuWords cpu = able();
      (cpu.*bit.leaf)[bit.in] &= ~(1u << bit.bit);
      return why_no_bf16_unit(unit, cpu, must_not_be_asked);
    };
    for (const Bit& bit : kVectorBits) CHECK(without(bit) == bit.reason);
    if (unit != Bf16Unit::kAmx) continue;
    for (const Bit& bit : kTileBits) CHECK(without(bit) == bit.reason);
  }
  // VDPBF16PS needs no tiles.
  CpuWords cpu = able();
  cpu.leaf7[CpuWords::kEdx] = 0;
  cpu.saved = 0xe7;
  CHECK(why_no_bf16_unit(Bf16Unit::kVdpbf16, cpu, must_not_be_asked) == "");
}

TEST_CASE("registers that the system does not save are a reason against a unit for bf16") {
  for (const int bit : {5, 6, 7}) {  // opmask, and both parts of the vectors
    CpuWords cpu = able();
    cpu.saved &= ~(uint64_t{1} << bit);
    for (const Bf16Unit unit : {Bf16Unit::kVdpbf16, Bf16Unit::kAmx}) {
      CHECK(why_no_bf16_unit(unit, cpu, must_not_be_asked) ==
            "the system does not save the registers of AVX-512");
    }
  }
  for (const int bit : {17, 18}) {  // the tiles' configuration, and the tiles
    CpuWords cpu = able();
    cpu.saved &= ~(uint64_t{1} << bit);
    CHECK(why_no_bf16_unit(Bf16Unit::kAmx, cpu, must_not_be_asked) ==
          "the system does not save tiles");
  }
}

TEST_CASE("a system that refuses tiles is a reason against them") {
  const auto reason = [](AskForTiles ask) { return why_no_bf16_unit(Bf16Unit::kAmx, able(), ask); };
  CHECK(reason(no_room).find("too small") != std::string::npos);
  CHECK(reason(unknown) == "the system does not know tiles");
  CHECK(reason(forbidden) == std::string("the system refuses tiles: ") + std::strerror(EPERM));
}

TEST_CASE("VDPBF16PS counts as fast on AMD's CPUs alone") {
  CHECK_FALSE(vdpbf16_is_fast(able()));
  CpuWords amd = able();
  std::memcpy(&amd.leaf0[CpuWords::kEbx], "Auth", 4);
  std::memcpy(&amd.leaf0[CpuWords::kEdx], "enti", 4);
  std::memcpy(&amd.leaf0[CpuWords::kEcx], "cAMD", 4);
  CHECK(vdpbf16_is_fast(amd));
}

#endif

TEST_CASE("a machine has kernels of a unit or a reason against them, in every thread") {
  const auto check = [] {
    bool right = true;
    for (const auto& [unit, kernels] : {std::pair{Bf16Unit::kVdpbf16, TileUnit::kVdpbf16},
                                        std::pair{Bf16Unit::kAmx, TileUnit::kAmx}}) {
      right = right && why_no_bf16_unit(unit).empty() == (tile_kernels(kernels) != nullptr);
    }
    return right && tile_kernels(TileUnit::kEmulated) != nullptr;
  };
  CHECK(check());
  bool in_thread = false;
  std::thread([&] { in_thread = check(); }).join();
  CHECK(in_thread);
#if defined(__linux__)
  const pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
#endif
}

}  // namespace
}  // namespace chainrule
