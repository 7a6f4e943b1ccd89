// Tiles that another library has configured in a thread that multiplies or trains.
#if defined(__x86_64__)
#include <doctest/doctest.h>
#include <immintrin.h>

#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "amx.h"
#include "kernels/tiles.h"
#include "trained.h"

namespace chainrule {
namespace {

/// What LDTILECFG reads and STTILECFG writes.
struct alignas(64) Configuration {
  uint8_t palette = 0, start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

/// Small tiles of different shapes, as for int8 or the edge of a matrix.
constexpr Configuration kForeign = {
    1, 0, {}, {4, 8, 64, 12, 16, 60, 32, 4}, {1, 16, 3, 7, 2, 16, 5, 1}};

constexpr Configuration kReleased = {};

#define CHAINRULE_TILES __attribute__((target("amx-tile")))

CHAINRULE_TILES void configure_foreign_tiles() {
  _tile_loadconfig(&kForeign);
  _tile_zero(0);
  _tile_zero(7);
}

CHAINRULE_TILES void release_tiles() { _tile_release(); }

CHAINRULE_TILES bool tiles_are(const Configuration& expected) {
  Configuration now;
  _tile_storeconfig(&now);
  // GCC 12 takes only 8 bytes of it for written.
  asm volatile("" : "+m"(now));
  return std::memcmp(&now, &expected, sizeof(now)) == 0;
}

TEST_CASE("tiles configured by another library do not disturb steps, and are released after them") {
  if (!test::has_amx_or_skips()) return;
  REQUIRE(tile_kernels(TileUnit::kAmx) != nullptr);
  for (const size_t threads : {1, 2}) {
    test::Case c{.spec = test::classifier({70, 64, 5}, threads), .batch = 40, .rows = 100};
    c.spec.precision = Precision::kBf16x3;
    c.spec.products = ProductsDemand::kAmx;
    const Kernels& kernels = *supported_kernels().front();
    const auto alone = test::train(kernels, c, std::nullopt);
    configure_foreign_tiles();
    const auto beside = test::train(kernels, c, std::nullopt);
    CHECK(beside.parameters == alone.parameters);
    CHECK(beside.losses == alone.losses);
    CHECK(tiles_are(kReleased));
  }
}

TEST_CASE("tiles configured by another library stay as they are in threads that do not train") {
  if (!test::has_amx_or_skips()) return;
  REQUIRE(tile_kernels(TileUnit::kAmx) != nullptr);
  configure_foreign_tiles();
  std::thread([] {
    test::Case c{.spec = test::classifier({70, 64, 5}, 1), .batch = 40, .rows = 40};
    c.spec.precision = Precision::kBf16;
    c.spec.products = ProductsDemand::kAmx;
    test::train(*supported_kernels().front(), c, std::nullopt);
    CHECK(tiles_are(kReleased));
  }).join();
  CHECK(tiles_are(kForeign));
  release_tiles();
}

}  // namespace
}  // namespace chainrule
#endif
