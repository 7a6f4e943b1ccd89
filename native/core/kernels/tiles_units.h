#pragma once

#include "kernels/tiles.h"

namespace chainrule {

/// AMX's TileKernels::left_words and right_words: what stays in L2, and in L1 while all left
/// operands pass by. Loads from L2 are not overlapped with products (they take as long). The
/// emulated unit has the same, so that tests cut the depth on any CPU.
inline constexpr size_t kAmxLeftWords = 256 << 10;
inline constexpr size_t kAmxRightWords = 18 << 10;

/// The tables behind tile_kernels(). Those of x64 must be called on CPUs that have the unit only.
extern const TileKernels kEmulatedTiles;
#if defined(__x86_64__)
extern const TileKernels kVdpbf16Tiles;
extern const TileKernels kAmxTiles;
#endif

}  // namespace chainrule
