#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "model/layout.h"
#include "model/spec.h"
#include "model/state.h"
#include "network/evaluation.h"
#include "network/statistics.h"
#include "plan/workspace.h"
#include "step/step.h"

namespace chainrule {

/// A multi-layer perceptron: its weights and moments, and the buffers for its steps, allocated when
/// first needed and kept while they fit. One thread uses it at a time; Network ensures that.
class Perceptron {
 public:
  /// `flat` (layout().count) are the initial parameters. Throws Error(kOption, kShape, kMemory).
  Perceptron(NetworkSpec spec, const Kernels& kernels, std::span<const float> flat);

  const NetworkSpec& spec() const { return spec_; }
  const Kernels& kernels() const { return kernels_; }
  const ParameterLayout& layout() const { return layout_; }
  const Products& products() const { return products_; }
  State& state() { return state_; }
  /// Bytes of parameters, moments and buffers that outlast a call. Any thread may call this.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  /// Makes training steps take this path from now on, so that tests can compare paths. The path
  /// must be possible: it has to store gradients if they are needed, and kNarrow needs a narrow
  /// network.
  void force_path(StepPath path) { forced_path_ = path; }

  /// A workspace for steps of `rows` rows. Valid until the next call.
  Workspace& training_workspace(size_t rows, Workspace::Extras extras);
  Step step_in(Workspace& workspace, BatchPart* part = nullptr) {
    return {spec_, kernels_, state_, workspace, part};
  }

  /// Throws Error(kDiverged) and changes nothing if the step has a fault: see Step::train().
  /// `part`, if not null: of a batch whose other parts other networks compute at the same time.
  double train_batch(const Samples& samples, BatchPart* part = nullptr);
  /// Writes the gradient with respect to the inputs (rows, in) to `d_inputs` unless that is null.
  double loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                            float* d_inputs);
  /// `outputs` (rows, out) may be null.
  Evaluation evaluate(const Samples& samples, std::span<const uint32_t> rows, float* outputs);
  /// `stop`, which may be null, ends the call early with incomplete outputs.
  void predict(const float* inputs, size_t rows, float* outputs, const std::atomic<bool>* stop);
  std::vector<LayerStatistics> statistics(const Samples& samples, std::span<const uint32_t> rows,
                                          const AlignedArray<float>& parameters_before);

 private:
  Workspace& inference_workspace(size_t rows);
  size_t inference_threads(const Plan& plan, size_t rows) const;
  Plan plan_for_gradients(size_t rows) const;

  NetworkSpec spec_;
  const Kernels& kernels_;
  ParameterLayout layout_;
  Products products_;
  State state_;
  std::optional<StepPath> forced_path_;
  // Most recently used first. Two, so that batches of two alternating sizes both find theirs.
  static constexpr size_t kKeptWorkspaces = 2;
  std::vector<std::unique_ptr<Workspace>> training_;
  std::unique_ptr<Workspace> inference_;
  std::atomic<size_t> bytes_{0};
};

}  // namespace chainrule
