#pragma once

#include "kernels/tiles.h"

namespace chainrule {

/// The tables behind tile_kernels(). Those of x64 must be called on CPUs that have the unit only.
extern const TileKernels kEmulatedTiles;
#if defined(__x86_64__)
extern const TileKernels kVdpbf16Tiles;
extern const TileKernels kAmxTiles;
#endif

}  // namespace chainrule
