#include "arrays.h"

#include <sys/mman.h>

#include <limits>

namespace chainrule::fuzz {
namespace {

// Larger arrays are zeros.
constexpr size_t kMostDrawn = size_t{1} << 16;

constexpr float kSpecial[] = {std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::denorm_min(),
                              -std::numeric_limits<float>::min(),
                              -0.0f,
                              3.39e38f};
constexpr float kScales[] = {1, 1, 0.1f, 0.1f, 10, 1e-20f, 1e19f, 1e38f};

/// Uniform in [-1, 1): xorshift.
class Uniform {
 public:
  explicit Uniform(size_t seed) : state_(static_cast<uint32_t>(2 * seed + 1) * 2654435761u) {}
  float operator()() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<float>(state_ >> 8) / 8388608.0f - 1;
  }

 private:
  uint32_t state_;
};

std::vector<int32_t> draw_labels(Reader& reader, const RowShape& shape) {
  constexpr int32_t kLabels[] = {-1, std::numeric_limits<int32_t>::min(),
                                 std::numeric_limits<int32_t>::max(), 65536};
  std::vector<int32_t> labels(shape.rows);
  const size_t step = reader.below(256);
  for (size_t r = 0; r < shape.rows; ++r)
    labels[r] = static_cast<int32_t>(step * r % shape.outputs);
  if (shape.any_labels && reader.one_in(4)) {
    const int32_t beyond = static_cast<int32_t>(shape.outputs);
    labels[reader.below(shape.rows)] = reader.one_in(2) ? beyond : reader.among(kLabels);
  }
  return labels;
}

}  // namespace

std::vector<float> draw_floats(Reader& reader, size_t size) {
  std::vector<float> values(size);
  const size_t kind = reader.below(12);
  if (kind == 11 || size == 0) return values;
  Uniform uniform(reader.below(256));
  const float scale = kind < std::size(kScales) ? kScales[kind] : 1;
  for (float& value : values) value = scale * uniform();
  if (kind == 9) values[reader.below(std::min<size_t>(size, 65536))] = reader.among(kSpecial);
  if (kind == 10) {
    for (float& value : values) value = reader.one_in(4) ? reader.among(kSpecial) : value;
  }
  return values;
}

std::span<const float> many_zeros() {
  static const std::span<const float> zeros = [] {
    constexpr size_t kFloats = size_t{1} << 33;
    void* const memory = mmap(nullptr, kFloats * sizeof(float), PROT_READ,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? std::span<const float>()
                                : std::span(static_cast<const float*>(memory), kFloats);
  }();
  return zeros;
}

Arrays draw_arrays(Reader& reader, const RowShape& shape) {
  Arrays arrays;
  arrays.view.rows = shape.rows;
  const auto draw = [&reader](std::vector<float>& values, size_t size) {
    if (size > kMostDrawn) return many_zeros().data();
    values = draw_floats(reader, size);
    return const_cast<const float*>(values.data());
  };
  arrays.view.inputs = draw(arrays.inputs, shape.rows * shape.inputs);
  if (shape.may_have_labels && shape.outputs > 0 && shape.rows <= kMostDrawn && !reader.one_in(4)) {
    arrays.labels = draw_labels(reader, shape);
    arrays.view.labels = arrays.labels.data();
  } else {
    arrays.view.targets = draw(arrays.targets, shape.rows * shape.outputs);
  }
  if (reader.one_in(4)) arrays.view.weights = draw(arrays.weights, shape.rows);
  return arrays;
}

}  // namespace chainrule::fuzz
