#include "data/dataset.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "runtime/error.h"

namespace chainrule {
namespace {

template <typename T>
AlignedArray<T> copy_of(const T* from, size_t size) {
  AlignedArray<T> copy(from == nullptr ? 0 : size);
  std::copy_n(from, copy.size(), copy.data());
  return copy;
}

/// The largest absolute value; NaN if there is one. The bits of numbers above 0 have the order of
/// the numbers, and compilers turn a maximum of integers into vectors.
float largest_of(const AlignedArray<float>& values) {
  constexpr uint32_t kWithoutSign = 0x7fffffff;
  uint32_t largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    largest = std::max(largest, std::bit_cast<uint32_t>(values[i]) & kWithoutSign);
  }
  return std::bit_cast<float>(largest);
}

}  // namespace

bool labels_within(const int32_t* labels, size_t rows, size_t classes) {
  return std::all_of(labels, labels + rows, [classes](int32_t label) {
    return label >= 0 && static_cast<size_t>(label) < classes;
  });
}

Dataset::Dataset(const Samples& samples, size_t input_size, size_t output_size)
    : rows_(samples.rows),
      input_size_(input_size),
      output_size_(output_size),
      inputs_(copy_of(samples.inputs, samples.rows * input_size)),
      targets_(copy_of(samples.targets, samples.rows * output_size)),
      labels_(copy_of(samples.labels, samples.rows)),
      weights_(copy_of(samples.weights, samples.rows)),
      largest_input_(largest_of(inputs_)) {}

Samples Dataset::samples() const {
  return {rows_, inputs_.data(), targets_.data(), labels_.data(), weights_.data(), largest_input_};
}

size_t Dataset::bytes() const {
  return sizeof(float) * (inputs_.size() + targets_.size() + labels_.size() + weights_.size());
}

void Dataset::require_fits(const NetworkSpec& spec) const {
  const size_t input_size = spec.input_size;
  const size_t output_size = spec.output_size();
  if (labels_.size() > 0 && info_of(spec.loss).task != Task::kClasses) {
    throw Error(ErrorCode::kShape, "the dataset has class indices, which go with crossEntropy");
  }
  if (input_size != input_size_) {
    throw Error(ErrorCode::kShape, "the dataset has " + std::to_string(input_size_) +
                                       " inputs a row, expected " + std::to_string(input_size));
  }
  const bool fits = labels_.size() > 0 ? labels_within(labels_.data(), rows_, output_size)
                                       : output_size == output_size_;
  if (!fits) {
    throw Error(ErrorCode::kShape,
                labels_.size() > 0 ? "the dataset has a class index outside [0, " +
                                         std::to_string(output_size) + ")"
                                   : "the dataset has " + std::to_string(output_size_) +
                                         " targets a row, expected " + std::to_string(output_size));
  }
}

}  // namespace chainrule
