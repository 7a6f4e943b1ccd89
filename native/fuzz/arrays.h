#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "reader.h"

namespace chainrule::fuzz {

/// Numbers of one kind: small ones, huge ones, zeros, some that are not finite.
std::vector<float> draw_floats(Reader& reader, size_t size);

/// Zeros to read, as many as the largest network has parameters: what the core is to refuse for its
/// size has to come with that size. They take no memory. Empty where the system has no such array.
std::span<const float> many_zeros();

/// The caller's rows, each array as long as it has to be and no longer.
struct Arrays {
  std::vector<float> inputs, targets, weights;
  std::vector<int32_t> labels;
  Samples view;
};

/// What the rows are for.
struct RowShape {
  size_t rows, inputs, outputs;
  bool may_have_labels;
  bool any_labels = false;  // also those that are no class of so many outputs
};

/// Rows of this shape. Arrays too large to be drawn are zeros.
Arrays draw_arrays(Reader& reader, const RowShape& shape);

}  // namespace chainrule::fuzz
