#pragma once

#include "kernels/tiles.h"

namespace chainrule {

/// TileKernels::write_images for CPUs with avx512_bf16.
void write_rounded_images(const FloatBlock& block, size_t half, const BlockImages& images);
void write_split_images(const FloatBlock& block, size_t half, const BlockImages& images);
/// TileKernels::keep_positive.
void keep_positive(const uint16_t* left, float* block, size_t stride);

}  // namespace chainrule
