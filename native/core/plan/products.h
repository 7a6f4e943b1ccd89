#pragma once

#include <string>
#include <string_view>

#include "kernels/kernels.h"
#include "kernels/tiles.h"
#include "model/layout.h"
#include "model/spec.h"

namespace chainrule {

/// What computes a network's products: the float32 kernels, or those over bf16 tiles.
struct Products {
  const TileKernels* tiles = nullptr;  // null: float32
  Bf16Terms terms = Bf16Terms::kOne;
  std::string reason;  // why they are float32 although the precision allows less

  /// "float32", or the unit and the precision: "vdpbf16-bf16", "amx-bf16x3".
  std::string name() const;
};

/// What a name asks for: of a unit as in TileKernels, or "float32"; an empty one leaves it to
/// choose_products(). Throws Error(kBackend) for another name.
ProductsDemand products_named(std::string_view name);

/// Chooses for all calls of a network, by its shapes, its precision and the CPU: never by the
/// number of threads or of rows, on which no result may depend. Throws Error(kBackend) if
/// spec.products asks for a unit that the CPU or the system lacks. Whatever it asks for, products
/// are float32 where the kernels' panels are not a block wide.
Products choose_products(const NetworkSpec& spec, const ParameterLayout& layout,
                         const Kernels& kernels);

}  // namespace chainrule
