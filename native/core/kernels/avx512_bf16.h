// Functions for CPUs with avx512_bf16, allowed one by one: a flag for a whole file would also
// compile inline functions of headers for them, and the linker might keep those.
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the registers that its own header leaves undefined on purpose.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define CHAINRULE_BF16_TARGET target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")
#define CHAINRULE_BF16 __attribute__((CHAINRULE_BF16_TARGET))
#define CHAINRULE_BF16_INLINE __attribute__((CHAINRULE_BF16_TARGET, always_inline)) inline
