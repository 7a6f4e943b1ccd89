#pragma once

#include <cstdint>

namespace chainrule {

/// What AMX's LDTILECFG reads.
struct alignas(64) TileConfiguration {
  uint8_t palette, start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

/// Eight tiles of 16 rows of 64 bytes. In static memory: GCC 12 takes only 8 bytes of it for read,
/// and drops the stores to the rest of a local one.
inline constexpr TileConfiguration kEightTiles = {
    1, 0, {}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

}  // namespace chainrule
