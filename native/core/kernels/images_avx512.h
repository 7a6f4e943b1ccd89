#pragma once

#include "kernels/tiles.h"

namespace chainrule {

/// TileKernels::write_images, for CPUs with avx512_bf16.
void write_rounded_images(const FloatBlock& block, size_t half, const BlockImages& images);
void write_split_images(const FloatBlock& block, size_t half, const BlockImages& images);
/// TileKernels::relu, multiply_by_relu_derivative and fetch.
float relu_in_block(size_t rows, float* block);
float delta_in_block(size_t rows, float* block, const uint16_t* a, float* sums);
void fetch_to_l2(const float* from, size_t floats);

}  // namespace chainrule
