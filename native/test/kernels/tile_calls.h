#pragma once

#include "kernels/tiles.h"

namespace chainrule::test {

/// A product by itself, as a thread makes it.
inline void multiply(const TileKernels& kernels, Bf16Terms terms, const TileProduct& product) {
  const TileRegion region(kernels);
  kernels.multiply[static_cast<size_t>(terms)](product);
}

/// Both halves of a block's images.
inline void write_images(const TileKernels& kernels, Bf16Terms terms, const FloatBlock& block,
                         const BlockImages& images) {
  kernels.write_images[static_cast<size_t>(terms)](block, 0, images);
  kernels.write_images[static_cast<size_t>(terms)](block, 1, images);
}

}  // namespace chainrule::test
