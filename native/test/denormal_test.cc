// Training decays numbers into denormals, on which many processors are up to a hundred times
// slower. A step must not be.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "network/perceptron.h"
#include "support.h"

namespace chainrule {
namespace {

constexpr double kMostSlowdown = 1.5;
constexpr int kLeastRounds = 20, kMostRounds = 1000;

/// Sizes of the numbers that a network starts with.
struct Sizes {
  const char* name;
  float input, parameter, moment;
};
constexpr Sizes kNormal = {"normal", 1, 0.3f, 1e-3f};
constexpr Sizes kDenormal[] = {{"all are denormal", 1e-39f, 1e-39f, 1e-39f},
                               {"products are denormal", 1e-20f, 1e-20f, 1e-39f},
                               {"moments are denormal", 1, 0.3f, 1e-39f}};

/// Takes the same step again and again.
class Repeated {
 public:
  Repeated(const NetworkSpec& spec, const Kernels& kernels, size_t rows, const Sizes& sizes)
      : network_(spec, kernels,
                 test::random_floats(test::parameter_count(spec), 1, sizes.parameter)),
        inputs_(test::random_floats(rows * spec.input_size, 2, sizes.input)),
        labels_(rows) {
    for (size_t r = 0; r < rows; ++r) labels_[r] = static_cast<int32_t>(r % spec.output_size());
    for (AlignedArray<float>& moment : network_.state().moments) {
      std::fill_n(moment.data(), moment.size(), sizes.moment);
    }
    copy_to(before_, network_.state());
  }

  double seconds() {
    copy_to(network_.state(), before_);
    const auto start = std::chrono::steady_clock::now();
    network_.train_batch({labels_.size(), inputs_.data(), nullptr, labels_.data()});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  Perceptron network_;
  State before_;
  std::vector<float> inputs_;
  std::vector<int32_t> labels_;
};

/// How much longer `slow` takes than `fast`: the best of each, in turn, for what else the machine
/// does makes either longer. Ends once that is little enough.
double slowdown(Repeated& slow, Repeated& fast) {
  double best_slow = std::numeric_limits<double>::infinity(), best_fast = best_slow;
  for (int round = 0; round < kMostRounds; ++round) {
    best_fast = std::min(best_fast, fast.seconds());
    best_slow = std::min(best_slow, slow.seconds());
    if (round >= kLeastRounds && best_slow <= kMostSlowdown * best_fast) break;
  }
  return best_slow / best_fast;
}

TEST_CASE("steps on denormal numbers take at most half as long again") {
  NetworkSpec narrow = test::classifier({4, 16, 3}, 1);
  NetworkSpec fused = test::classifier({60, 70, 40, 5}, 1);
  NetworkSpec smooth = fused;  // whose activations are functions of denormals
  for (LayerSpec& layer : smooth.layers) {
    if (layer.activation == Activation::kRelu) layer.activation = Activation::kMish;
  }
  NetworkSpec clipping = smooth;  // two passes
  clipping.optimizer.clip_norm = 1e-3;
  for (const Kernels* kernels : supported_kernels()) {
    for (const NetworkSpec& spec : {narrow, fused, smooth, clipping}) {
      for (const Sizes& sizes : kDenormal) {
        const std::string set = kernels->name;
        CAPTURE(set);
        CAPTURE(spec.input_size);
        CAPTURE(spec.optimizer.clip_norm);
        const std::string numbers = sizes.name;
        CAPTURE(numbers);
        Repeated slow(spec, *kernels, 48, sizes), fast(spec, *kernels, 48, kNormal);
        CHECK(slowdown(slow, fast) <= kMostSlowdown);
      }
    }
  }
}

}  // namespace
}  // namespace chainrule
