#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "network/access.h"
#include "network/perceptron.h"

namespace chainrule {

/// A network that one thread may train while others read it. Outside the core, and in every call
/// here, parameters are flat: see flatten().
class Network {
 public:
  /// `flat` (parameter_count) are the initial parameters. Throws Error(kOption, kShape, kMemory).
  Network(NetworkSpec spec, const Kernels& kernels, std::span<const float> flat)
      : perceptron_(std::move(spec), kernels, flat) {}

  const NetworkSpec& spec() const { return perceptron_.spec(); }
  const ParameterLayout& layout() const { return perceptron_.layout(); }
  const Products& products() const { return perceptron_.products(); }
  size_t parameter_count() const { return perceptron_.layout().count; }
  size_t moments() const { return spec().optimizer.moments(); }
  /// Bytes of parameters, moments and buffers that outlast a call. Never waits.
  size_t bytes() const { return perceptron_.bytes(); }

  /// Each of these waits for the end of a fit's step; those that change the network throw
  /// Error(kBusy) instead. See Perceptron for what they do.
  double train_batch(const Samples& samples);
  double loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                            float* d_inputs = nullptr);
  Evaluation evaluate(const Samples& samples, std::span<const uint32_t> rows, float* outputs);
  /// Uses one consistent state of the weights.
  void predict(const float* inputs, size_t rows, float* outputs,
               const std::atomic<bool>* stop = nullptr);
  void get_parameters(std::span<float> flat);
  void set_parameters(std::span<const float> flat);
  /// All moments, in the order of OptimizerSpec::moments(), and the number of steps, all read
  /// between the same two steps.
  uint64_t get_optimizer_state(std::span<const std::span<float>> flat_moments);
  void set_moment(size_t moment, std::span<const float> flat);
  uint64_t steps_taken();
  void set_steps_taken(uint64_t steps);

  /// For a fit, which holds the network from its first step to its last.
  Access& access() { return access_; }
  Perceptron& perceptron(const Access::Hold&) { return perceptron_; }

 private:
  /// Only for a visitor.
  Perceptron& perceptron(const Access::Visit&) { return perceptron_; }

  Perceptron perceptron_;
  Access access_;
};

}  // namespace chainrule
