#pragma once

// The instruction sets to compile for. Newer releases of Highway have more, which would double the
// binary: the kernels use nothing that AVX3_DL and the like add to AVX3, and a register tile cannot
// consist of vectors whose length is known only at run time.
#define HWY_DISABLED_TARGETS                                                                      \
  (~(HWY_SCALAR | HWY_EMU128 | HWY_SSE2 | HWY_SSSE3 | HWY_SSE4 | HWY_AVX2 | HWY_AVX3 | HWY_NEON | \
     HWY_NEON_WITHOUT_AES))
#include "hwy/detect_targets.h"
#if !defined(HWY_SSE2)  // before 1.0.4
#define HWY_SSE2 0
#endif
#if !defined(HWY_NEON_WITHOUT_AES)  // before 1.0.5
#define HWY_NEON_WITHOUT_AES 0
#endif
