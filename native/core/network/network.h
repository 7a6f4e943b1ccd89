#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "plan/plan.h"
#include "model/spec.h"
#include "network/statistics.h"
#include "step/step.h"

namespace chainrule {

/// Loss over rows of samples, and how many of its decisions were right.
struct Evaluation {
  double loss = 0;
  double weight = 0;   // of the rows
  size_t right = 0;    // crossEntropy: rows whose largest output is the target's; bce: outputs
  size_t decided = 0;  // on the same side of 1/2 as their target; 0 decided for other losses
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(decided); }
};

/// A network: its weights, what the optimizer remembers, and the buffers of its steps. Outside, and
/// in every call here, parameters are flat: per layer W (out, in) row-major, then the bias.
///
/// One thread may train it while others look at it: a fit holds the network's lock and lets others
/// in between two steps.
class Network {
 public:
  /// `flat` (parameter_count) are the initial parameters. Throws Error(kOption, kMemory).
  Network(NetworkSpec spec, const Kernels& kernels, std::span<const float> flat);

  const NetworkSpec& spec() const { return spec_; }
  size_t parameter_count() const { return layout_.count; }
  int moments() const { return moments_of(spec_.optimizer.kind); }
  /// Memory held for parameters, moments and buffers that outlast a call. Waits for nobody.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  /// Each of these waits for the end of the step that a fit may be taking; those that change the
  /// network throw Error(kBusy) instead. train_batch throws Error(kDiverged), with nothing changed,
  /// when the loss is not finite.
  double train_batch(const Samples& samples);
  /// The gradient by the inputs (rows, in) is left in `d_inputs` where that is not null.
  double loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                            float* d_inputs = nullptr);
  Evaluation evaluate(const Samples& samples, std::span<const uint32_t> rows, float* outputs);
  /// Sees one state of the weights; `stop` ends it early, with outputs left out.
  void predict(const float* inputs, size_t rows, float* outputs,
               const std::atomic<bool>* stop = nullptr);
  void get_parameters(std::span<float> flat);
  void set_parameters(std::span<const float> flat);
  /// All moments, the velocity or first moment before the second, and the number of steps, as they
  /// are between the same two steps.
  uint64_t get_optimizer_state(std::span<const std::span<float>> flat_moments);
  /// Moment 0 is the velocity or first moment, 1 the second moment.
  void set_moment(int moment, std::span<const float> flat);
  uint64_t steps_taken();
  void set_steps_taken(uint64_t steps);

 private:
  friend class Trainer;

  /// Held by whoever but a fit uses the weights or the buffers; a fit has the lock and lets
  /// visitors in.
  class Visit {
   public:
    explicit Visit(Network& network);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Network& network_;
  };

  void require_not_fitting() const;
  void replace(std::unique_ptr<Workspace>& workspace, size_t rows, Workspace::Extras extras);
  Workspace& training_workspace(size_t rows, Workspace::Extras extras);
  Workspace& inference_workspace(size_t rows);
  Evaluation evaluate_locked(const Samples& samples, std::span<const uint32_t> rows,
                             float* outputs);
  std::vector<LayerStatistics> statistics_locked(const Samples& samples,
                                                 std::span<const uint32_t> rows,
                                                 const AlignedArray<float>& parameters_before);
  bool parameters_are_finite() const;
  void flatten(const AlignedArray<float>& from, std::span<float> flat) const;
  void unflatten(std::span<const float> flat, AlignedArray<float>& to) const;

  NetworkSpec spec_;
  const Kernels& kernels_;
  ParameterLayout layout_;
  State state_;
  std::unique_ptr<Workspace> training_;
  std::unique_ptr<Workspace> inference_;
  std::atomic<size_t> bytes_{0};
  std::mutex mutex_;
  // Visitors that came, and that got in: the difference stands at the door while a fit holds the
  // lock.
  std::atomic<uint32_t> arrived_{0};
  std::atomic<uint32_t> admitted_{0};
  std::atomic<bool> fitting_{false};  // from a trainer's construction to its destruction
};

}  // namespace chainrule
