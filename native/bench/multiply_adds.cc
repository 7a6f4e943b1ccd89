#include "multiply_adds.h"

#include <string>
#include <string_view>
#include <utility>

#include "kernels/kernels.h"
#include "kernels/targets.h"
#include "runtime/error.h"

// Compiles the rest of this file once for each instruction set, in a namespace of its own. The path
// starts from native/core, the folder where the compiler looks for headers.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "../bench/multiply_adds.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// The order matters: every instruction set includes what follows.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;

// Each sum waits for itself, so there must be as many as multiply-adds are under way: latency times
// ports. That is 4 to 5 cycles times 2 ports on x86, 4 times 4 on Apple's cores. Without FMA a
// sum waits for a multiplication and an addition, 6 to 8 cycles, on 2 to 4 ports. The sums, factor
// and addend must also fit in the registers, 32 or 16.
constexpr bool kHas32Registers =
    HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON || HWY_TARGET == HWY_NEON_WITHOUT_AES;
constexpr size_t kSums = kHas32Registers ? 24 : 14;

/// sum = sum * factor + addend for each sum. A list of indices and no loop: GCC does not
/// unroll a loop of 24, and then the sums are in memory. Not sum + factor * addend, whose product
/// the compiler takes out of the loop where there is no FMA.
template <size_t... kIndex>
HWY_INLINE void multiply_add(FloatVector (&sums)[kSums], FloatVector factor, FloatVector addend,
                             std::index_sequence<kIndex...>) {
  ((sums[kIndex] = hn::MulAdd(sums[kIndex], factor, addend)), ...);
}

// What the loop must look like, by `objdump -d -C --no-show-raw-insn build/Release/core_bench`:
//
//     AVX3:  24 x  vfmadd132ps %zmm2,%zmm0,%zmm1                   add; cmp; jne
//     AVX2:  14 x  vfmadd132ps %ymm0,%ymm2,%ymm3                   add; cmp; jne
//     SSE4:  14 x  mulps %xmm0,%xmm3  and  addps %xmm2,%xmm3       add; cmp; jne
//
// An instruction with parentheses reads or writes memory: between the label and the jump there must
// be none, nor a move from register to register. SCALAR and EMU128, which have no vectors, give no
// such loop, since the compiler joins sums as it likes. That is no peak, but OpenBLAS computes the
// products there, and its sgemm is faster. test/bench/peak.test.ts reads the loop.
HWY_NOINLINE float run(size_t iterations, float factor, float addend) {
  constexpr auto kAll = std::make_index_sequence<kSums>();
  const FloatTag d;
  FloatVector sums[kSums];
  // Different ones, or the compiler could compute one of them for all.
  for (size_t i = 0; i < kSums; ++i) sums[i] = hn::Set(d, addend * static_cast<float>(i));
  const FloatVector factors = hn::Set(d, factor);
  const FloatVector addends = hn::Set(d, addend);
  for (size_t i = 0; i < iterations; ++i) multiply_add(sums, factors, addends, kAll);
  FloatVector total = hn::Zero(d);
  for (size_t i = 0; i < kSums; ++i) total = hn::Add(total, sums[i]);
  return hn::GetLane(hn::SumOfLanes(d, total));
}

// The two NEON targets differ only in cryptography.
#if HWY_TARGET == HWY_NEON_WITHOUT_AES
constexpr const char* kName = "NEON";
#else
const char* const kName = hwy::TargetName(HWY_TARGET);
#endif

const MultiplyAdds& multiply_adds() {
  static const MultiplyAdds adds = {kName, 2.0 * kSums * hn::MaxLanes(FloatTag()), run};
  return adds;
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::bench {

const MultiplyAdds& multiply_adds_named(const char* name) {
  // Only what the kernels may use on this CPU is called.
  const std::string_view chosen = kernels_named(name).name;
  const MultiplyAdds* const compiled[] = {
#if HWY_TARGETS & HWY_AVX3
    &N_AVX3::multiply_adds(),
#endif
#if HWY_TARGETS & HWY_AVX2
    &N_AVX2::multiply_adds(),
#endif
#if HWY_TARGETS & HWY_SSE4
    &N_SSE4::multiply_adds(),
#endif
#if HWY_TARGETS & HWY_SSSE3
    &N_SSSE3::multiply_adds(),
#endif
    // The baseline that the compiler may assume on this architecture.
    &HWY_STATIC_DISPATCH(multiply_adds)(),
  };
  for (const MultiplyAdds* adds : compiled) {
    if (adds->name == chosen) return *adds;
  }
  throw Error(ErrorCode::kBackend,
              "there are kernels named '" + std::string(chosen) + "', but no multiply-adds");
}

}  // namespace chainrule::bench
#endif  // HWY_ONCE
