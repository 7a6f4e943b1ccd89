#include "kernels/tiles.h"

#include "kernels/tiles_units.h"
#include "runtime/bf16_units.h"

namespace chainrule {

const TileKernels* tile_kernels(TileUnit unit) {
#if defined(__x86_64__)
  if (unit == TileUnit::kVdpbf16) {
    return why_no_bf16_unit(Bf16Unit::kVdpbf16).empty() ? &kVdpbf16Tiles : nullptr;
  }
  if (unit == TileUnit::kAmx) {
    return why_no_bf16_unit(Bf16Unit::kAmx).empty() ? &kAmxTiles : nullptr;
  }
#endif
  return unit == TileUnit::kEmulated ? &kEmulatedTiles : nullptr;
}

}  // namespace chainrule
