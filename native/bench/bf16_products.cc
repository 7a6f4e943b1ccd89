#include "bf16_products.h"

#include <utility>

#include "kernels/tile_configuration.h"
#include "kernels/tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define CHAINRULE_VDPBF16 __attribute__((target("avx512f,avx512bf16")))
#define CHAINRULE_VDPBF16_INLINE __attribute__((target("avx512f,avx512bf16"), always_inline)) inline
#define CHAINRULE_AMX __attribute__((target("amx-tile,amx-bf16")))
#endif

namespace chainrule::bench {

#if defined(__x86_64__)
namespace {

// Sums of vectors that do not wait for each other, with the operands in 32 registers: a product's
// latency is 6 cycles, on up to two ports.
constexpr size_t kSums = 24;
constexpr double kFlopsOfVector = 16 * 2 * 2;

// A list of indices and no loop, for the reason in multiply_adds.cc.
template <size_t... kIndex>
CHAINRULE_VDPBF16_INLINE void add_products(__m512 (&sums)[kSums], __m512bh a, __m512bh b,
                                           std::index_sequence<kIndex...>) {
  ((sums[kIndex] = _mm512_dpbf16_ps(sums[kIndex], a, b)), ...);
}

CHAINRULE_VDPBF16 float run_vectors(size_t iterations) {
  __m512 sums[kSums];
  for (size_t i = 0; i < kSums; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  // Pairs of 2^-20 and 2^-20: the sums stay finite.
  const auto operand = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x35803580));
  for (size_t i = 0; i < iterations; ++i) {
    add_products(sums, operand, operand, std::make_index_sequence<kSums>());
  }
  __m512 total = sums[0];
  for (size_t i = 1; i < kSums; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

constexpr double kFlopsOfTile = 16 * 16 * 32 * 2;

CHAINRULE_AMX float run_tiles(size_t iterations) {
  _tile_loadconfig(&kEightTiles);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  for (size_t i = 0; i < iterations; ++i) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  alignas(64) float results[4][16 * 16];
  _tile_stored(0, results[0], 64);
  _tile_stored(1, results[1], 64);
  _tile_stored(2, results[2], 64);
  _tile_stored(3, results[3], 64);
  _tile_release();
  return results[0][0] + results[1][0] + results[2][0] + results[3][0];
}

constexpr Bf16Products kByVectors = {kFlopsOfVector * kSums, run_vectors};
constexpr Bf16Products kByTiles = {kFlopsOfTile * 4, run_tiles};

}  // namespace
#endif

const Bf16Products* bf16_products() {
#if defined(__x86_64__)
  if (tile_kernels(TileUnit::kAmx) != nullptr) return &kByTiles;
  if (tile_kernels(TileUnit::kVdpbf16) != nullptr) return &kByVectors;
#endif
  return nullptr;
}

}  // namespace chainrule::bench
