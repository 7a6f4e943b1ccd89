#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/kernels.h"
#include "model/spec.h"
#include "plan/plan.h"
#include "threefry.h"

namespace chainrule::test {

/// `size` floats that end at a guard page: reading one beyond them ends the process. The size
/// determines the alignment of their start.
class GuardedArray {
 public:
  explicit GuardedArray(size_t size) : size_(size) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t pages = (size * sizeof(float) + page - 1) / page;
    bytes_ = (pages + 1) * page;
    memory_ = static_cast<char*>(
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory_ + pages * page, page, PROT_NONE);
    data_ = reinterpret_cast<float*>(memory_ + pages * page) - size;
  }
  ~GuardedArray() { munmap(memory_, bytes_); }
  GuardedArray(const GuardedArray&) = delete;
  GuardedArray& operator=(const GuardedArray&) = delete;

  float* data() { return data_; }
  const float* data() const { return data_; }
  float& operator[](size_t i) { return data_[i]; }
  float operator[](size_t i) const { return data_[i]; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  size_t bytes_;
  char* memory_;
  float* data_;
};

/// Uniform numbers in [-range, range), the same for the same `what`.
inline void fill_random(float* to, size_t size, uint32_t what, float range = 1) {
  for_each_random_word(what, Stream::kInitialisation, 0, size, [&](size_t i, uint32_t word) {
    to[i] = range * (static_cast<float>(word >> 8) / 8388608.0f - 1.0f);
  });
}

inline std::vector<float> random_floats(size_t size, uint32_t what, float range = 1) {
  std::vector<float> values(size);
  fill_random(values.data(), size, what, range);
  return values;
}

/// Whether `came` is within `tolerance` of `expected`, relative to it or to 1 if it is smaller.
/// Only NaN is close to NaN.
inline bool close(double came, double expected, double tolerance) {
  if (std::isnan(came) || std::isnan(expected)) return std::isnan(came) && std::isnan(expected);
  if (came == expected) return true;
  return std::fabs(came - expected) <= tolerance * std::fmax(1, std::fabs(expected));
}

/// A network of relu layers with softmax and crossEntropy, adam.
inline NetworkSpec classifier(std::vector<size_t> sizes, size_t threads) {
  NetworkSpec spec{};
  spec.input_size = sizes[0];
  for (size_t l = 1; l < sizes.size(); ++l) {
    const bool last = l + 1 == sizes.size();
    spec.layers.push_back({sizes[l], last ? Activation::kSoftmax : Activation::kRelu, 0, true});
  }
  spec.loss = Loss::kCrossEntropy;
  spec.threads = threads;
  return spec;
}

/// The tables of this CPU, with products by our own kernels and by OpenBLAS.
inline std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> all;
  for (const Gemm gemm : {Gemm::kOwn, Gemm::kOpenBlas}) {
    const auto tables = supported_kernels(gemm);
    all.insert(all.end(), tables.begin(), tables.end());
  }
  return all;
}

inline const char* name_of(Gemm gemm) { return gemm == Gemm::kOwn ? "own" : "openblas"; }

inline size_t parameter_count(const NetworkSpec& spec) {
  return make_parameter_layout(spec, PanelShape{1}).count;
}

}  // namespace chainrule::test
