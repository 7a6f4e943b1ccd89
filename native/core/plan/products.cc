#include "plan/products.h"

#include <iterator>
#include <optional>

#include "runtime/bf16_units.h"
#include "runtime/error.h"

namespace chainrule {
namespace {

TileUnit unit_of(ProductsDemand demand) {
  switch (demand) {
    case ProductsDemand::kVdpbf16:
      return TileUnit::kVdpbf16;
    case ProductsDemand::kAmx:
      return TileUnit::kAmx;
    case ProductsDemand::kEmulated:
    case ProductsDemand::kAuto:
    case ProductsDemand::kFloat32:
      break;  // the last two demand no unit
  }
  return TileUnit::kEmulated;
}

/// Of a unit that was asked for.
const TileKernels* demanded(TileUnit unit) {
  const TileKernels* kernels = tile_kernels(unit);
  if (kernels != nullptr) return kernels;
  const Bf16Unit missing = unit == TileUnit::kAmx ? Bf16Unit::kAmx : Bf16Unit::kVdpbf16;
  throw Error(ErrorCode::kBackend, why_no_bf16_unit(missing));
}

/// Nanoseconds of one core.
struct Costs {
  double block_product;
  double weight_images;      // of a block of a weight, for both directions
  double activation_images;  // of a block of activations or deltas, with what else is done to it
  double multiply_add;       // float32
};

// On Zen 4. The multiply-add has a margin, since both wait for the same memory in the optimizer.
constexpr Costs kVdpbf16Costs = {278, 125, 120, 0.8 / 59};
// On an Intel Xeon at 3.7 GHz, from steps of 16-16-4 to 256-256-10, of one term and of two. Where
// tiles are used, the core's clock is lower by a quarter for all that lies between the products,
// too.
constexpr Costs kAmxCosts[] = {{50, 130, 500, 0.0145}, {110, 250, 600, 0.0145}};

// Rows of the batch that the count is for: no result may depend on how many there are.
constexpr size_t kUsualRows = 128;

/// Whether a usual step is faster over tiles, of which small layers fill few.
bool is_worth_tiles(const ParameterLayout& layout, const Costs& costs) {
  constexpr double kRowBlocks = kUsualRows / kBlock;
  double tiles = 0, float32 = 0;
  for (const LayerLayout& layer : layout.layers) {
    const double products = &layer == &layout.layers.front() ? 2 : 3;
    const double in = static_cast<double>(blocks_of(layer.in));
    const double out = static_cast<double>(blocks_of(layer.out));
    tiles += in * out * (products * kRowBlocks * costs.block_product + costs.weight_images) +
             kRowBlocks * (in + out) * costs.activation_images;
    float32 +=
        static_cast<double>(kUsualRows * layer.in * layer.out) * products * costs.multiply_add;
  }
  return tiles < float32;
}

/// The unit to use if it is worth it, or why there is none that multiplies faster than float32
/// instructions: AMX for both precisions, VDPBF16PS on AMD's CPUs for bf16.
std::optional<TileUnit> fast_unit(Bf16Terms terms, std::string& reason) {
  if (cpu_reports(this_cpu(), "amx_bf16")) return TileUnit::kAmx;
  reason =
      terms == Bf16Terms::kTwo ? "the CPU has no amx_bf16" : why_no_bf16_unit(Bf16Unit::kVdpbf16);
  if (!reason.empty()) return std::nullopt;
  if (vdpbf16_is_fast(this_cpu())) return TileUnit::kVdpbf16;
  reason = "this CPU multiplies float32 as fast as bf16";
  return std::nullopt;
}

constexpr std::string_view kDemands[] = {"", "float32", "emulated", "vdpbf16", "amx"};

}  // namespace

ProductsDemand products_named(std::string_view name) {
  for (size_t i = 0; i < std::size(kDemands); ++i) {
    if (kDemands[i] == name) return static_cast<ProductsDemand>(i);
  }
  throw Error(ErrorCode::kBackend, "there are no products named '" + std::string(name) +
                                       "'; there are float32, emulated, vdpbf16, amx");
}

std::string Products::name() const {
  if (tiles == nullptr) return std::string(kPrecisions[0]);
  const Precision precision = terms == Bf16Terms::kOne ? Precision::kBf16 : Precision::kBf16x3;
  return std::string(tiles->name) + "-" + std::string(kPrecisions[static_cast<size_t>(precision)]);
}

Products choose_products(const NetworkSpec& spec, const ParameterLayout& layout,
                         const Kernels& kernels) {
  const auto float32 = [](const std::string& reason) { return Products{.reason = reason}; };
  if (spec.precision == Precision::kFloat32) return {};
  if (spec.products == ProductsDemand::kFloat32) return float32("CHAINRULE_PRODUCTS is float32");
  // Panels are a block wide.
  if (layout.layers.front().shape.width() != kBlock) {
    return float32("the kernels for " + std::string(kernels.name) +
                   " have no blocks of 32 columns");
  }
  Products products;
  products.terms = spec.precision == Precision::kBf16 ? Bf16Terms::kOne : Bf16Terms::kTwo;
  if (spec.products != ProductsDemand::kAuto) {
    products.tiles = demanded(unit_of(spec.products));
    return products;
  }
  std::string missing;
  const std::optional<TileUnit> unit = fast_unit(products.terms, missing);
  if (!unit) return float32(missing);
  const bool amx = *unit == TileUnit::kAmx;
  const Costs& costs = amx ? kAmxCosts[static_cast<size_t>(products.terms)] : kVdpbf16Costs;
  if (!is_worth_tiles(layout, costs)) return float32("the network is small");
  // Now, and not for a small network, AMX is asked for.
  products.tiles = tile_kernels(*unit);
  if (products.tiles == nullptr) return float32(why_no_bf16_unit(Bf16Unit::kAmx));
  return products;
}

}  // namespace chainrule
