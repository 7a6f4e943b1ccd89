#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace chainrule::bench {

/// What a step's speed is compared with: GFLOP/s on some threads at once.
struct Peak {
  double multiply_adds;  // in registers, with the instruction set that CHAINRULE_SIMD names
  double sgemm;          // 0 where no BLAS may run
  double bf16;           // products of bf16 in registers; 0 where there is no unit for them

  /// The yardstick of float32. sgemm cannot exceed the processor's multiply-adds, but it does
  /// exceed those of an instruction set that is forced below what OpenBLAS uses.
  double larger() const { return std::max(multiply_adds, sgemm); }
};

/// Measures a peak by short rounds. Each thread has a product of its own.
class PeakMeter {
 public:
  /// `size`: rows and columns of the matrices of sgemm. `iterations`: of MultiplyAdds::run, each
  /// some ten cycles.
  PeakMeter(size_t threads, size_t size, size_t iterations);

  double multiply_adds() const;
  double sgemm();
  double bf16() const;

 private:
  const size_t threads_;
  const size_t size_;
  const size_t iterations_;
  std::vector<float> a_, b_;  // (size, size)
  std::vector<std::vector<float>> c_;
};

/// The best of several rounds, about half a second where sgemm is fast.
Peak best_peak(size_t threads);

}  // namespace chainrule::bench
