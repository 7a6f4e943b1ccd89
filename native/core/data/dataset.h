#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "model/spec.h"
#include "runtime/memory.h"

namespace chainrule {

/// A caller's rows of data; owns nothing.
struct Samples {
  size_t rows = 0;
  const float* inputs = nullptr;    // (rows, input_size)
  const float* targets = nullptr;   // (rows, output_size), or null if there are labels
  const int32_t* labels = nullptr;  // (rows): class indices
  const float* weights = nullptr;   // (rows), or null for all ones
  // No input has a greater absolute value. Infinity: unknown, each step looks.
  float largest_input = std::numeric_limits<float>::infinity();
};

/// Data that is copied once and read by any number of fits. Immutable, so threads can share it.
class Dataset {
 public:
  /// Copies `samples`. Ignores `output_size` if there are labels. Throws Error(kMemory).
  Dataset(const Samples& samples, size_t input_size, size_t output_size);

  Samples samples() const;
  size_t rows() const { return rows_; }
  size_t input_size() const { return input_size_; }
  size_t bytes() const;

  /// Throws Error(kShape) for data that a network of this size would read out of bounds.
  void require_fits(const NetworkSpec& spec) const;

 private:
  size_t rows_;
  size_t input_size_;
  size_t output_size_;
  AlignedArray<float> inputs_;
  AlignedArray<float> targets_;
  AlignedArray<int32_t> labels_;
  AlignedArray<float> weights_;
  float largest_input_ = 0;
};

/// Whether every label is in [0, classes).
bool labels_within(const int32_t* labels, size_t rows, size_t classes);

}  // namespace chainrule
