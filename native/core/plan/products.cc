#include "plan/products.h"

#include <iterator>

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

// Nanoseconds on a Zen 4 core: a product of blocks, images of a block of a weight for both
// directions, images of a block of activations or deltas, a float32 multiply-add. The last has a
// margin, since both wait for the same memory in the optimizer.
constexpr double kBlockProduct = 278;
constexpr double kWeightImages = 125;
constexpr double kActivationImages = 120;
constexpr double kMultiplyAdd = 0.8 / 59;
// Rows of the batch that the count is for: no result may depend on how many there are.
constexpr size_t kUsualRows = 128;

/// Whether a usual step is faster over tiles of VDPBF16PS, of which small layers fill few.
bool is_worth_tiles(const ParameterLayout& layout) {
  constexpr double kRowBlocks = kUsualRows / kBlock;
  double tiles = 0, float32 = 0;
  for (const LayerLayout& layer : layout.layers) {
    const double products = &layer == &layout.layers.front() ? 2 : 3;
    const double in = static_cast<double>(blocks_of(layer.in));
    const double out = static_cast<double>(blocks_of(layer.out));
    tiles += in * out * (products * kRowBlocks * kBlockProduct + kWeightImages) +
             kRowBlocks * (in + out) * kActivationImages;
    float32 += static_cast<double>(kUsualRows * layer.in * layer.out) * products * kMultiplyAdd;
  }
  return tiles < float32;
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
  if (spec.precision == Precision::kBf16x3) {
    return float32(cpu_has("amx_bf16") ? "AMX is used only if CHAINRULE_PRODUCTS is amx"
                                       : "the CPU has no amx_bf16");
  }
  const std::string& missing = why_no_bf16_unit(Bf16Unit::kVdpbf16);
  if (!missing.empty()) return float32(missing);
  if (!vdpbf16_is_fast(this_cpu())) return float32("this CPU multiplies float32 as fast as bf16");
  if (!is_worth_tiles(layout)) return float32("the network is small");
  products.tiles = tile_kernels(TileUnit::kVdpbf16);
  return products;
}

}  // namespace chainrule
