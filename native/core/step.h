#pragma once

#include <cstddef>
#include <cstdint>

#include "dataset.h"
#include "kernels/kernels.h"
#include "memory.h"
#include "optimizer.h"
#include "plan.h"
#include "spec.h"
#include "thread_pool.h"

namespace chainrule {

/// What training changes: parameters and moments, all in the one layout.
struct State {
  AlignedArray<float> parameters;
  AlignedArray<float> first_moment;   // or velocity; empty for sgd
  AlignedArray<float> second_moment;  // empty unless adam
  uint64_t step = 0;                  // steps taken
};

/// The buffers of a plan, allocated once.
struct Workspace {
  Workspace(Plan plan, bool with_gradients);

  Plan plan;
  AlignedArray<float> floats;
  AlignedArray<int32_t> labels;      // (rows), gathered
  AlignedArray<double> row_loss;     // (rows)
  AlignedArray<double> tile_sums;    // one for each tile of every weight
  AlignedArray<float> tile_scratch;  // (threads, tile_floats): each thread's tile of dW
  AlignedArray<float> gradients;     // in the layout of the parameters; empty on the fused path
};

/// `rows` rows of samples: those that `order` lists, or without it the first ones.
struct Batch {
  Samples samples;
  const uint32_t* order = nullptr;
  size_t rows = 0;
};

/// What a step found before it changed anything.
struct StepLoss {
  double loss = 0;    // weighted mean over the batch, plus the penalty
  double weight = 0;  // sum of the batch's sample weights
};

/// A training step. Every worker of a region calls the same methods with the same arguments; each does
/// its share of every phase, and they wait for each other where a phase reads what another one wrote.
/// Which tile is cut where is decided by the plan and never by the number of workers, so they compute
/// the same bits, however many they are. Nothing here allocates.
class Step {
 public:
  Step(const NetworkSpec& spec, const Kernels& kernels, State& state, Workspace& workspace)
      : spec_(spec), kernels_(kernels), state_(state), workspace_(workspace), plan_(workspace.plan) {}

  /// Gradients, then the update. When the loss is not finite, nothing is changed.
  StepLoss train(const Worker& worker, const Batch& batch, double learning_rate);

  /// Leaves the gradient of the loss in the workspace's `gradients`. Changes no weight.
  StepLoss gradients(const Worker& worker, const Batch& batch);

  /// Loss of the batch, and the network's `outputs` (rows, out) where that is not null.
  StepLoss evaluate(const Worker& worker, const Batch& batch, float* outputs);

  /// outputs (rows, out) = the network at inputs (rows, in).
  void predict(const Worker& worker, const float* inputs, size_t rows, float* outputs);

 private:
  /// A batch whose rows lie one after the other.
  struct Rows {
    size_t count;
    const float* inputs;
    const float* targets;
    const int32_t* labels;
    double weight;
  };

  Rows gather(const Worker& worker, const Batch& batch);
  void forward(const Worker& worker, const float* inputs, size_t rows, bool to_logits, float* output);
  double loss_and_delta(const Worker& worker, const Rows& rows);
  double penalty(const Worker& worker);
  void backward_inputs(const Worker& worker, size_t l, size_t rows);
  void weight_gradient(size_t l, const Tile& tile, const Rows& rows, float* d_weight, size_t stride);
  void update_tile(size_t l, const Tile& tile, const Update& update, const float* d_weight,
                   size_t d_stride, float gradient_scale);
  void backward_and_update(const Worker& worker, const Rows& rows, const Update& update);
  void backward_to_gradients(const Worker& worker, const Rows& rows);
  void clip_and_update(const Worker& worker, const Update& update);

  bool loss_takes_logits() const {
    return spec_.loss == Loss::kCrossEntropy || spec_.loss == Loss::kBce;
  }
  float* at(size_t offset) { return workspace_.floats.data() + offset; }
  const float* input_of(size_t l, const Rows& rows) {
    return l == 0 ? rows.inputs : at(plan_.layers[l - 1].a);
  }
  const float* weight(size_t l) const {
    return state_.parameters.data() + plan_.layers[l].parameters.offset;
  }

  const NetworkSpec& spec_;
  const Kernels& kernels_;
  State& state_;
  Workspace& workspace_;
  const Plan& plan_;
};

}  // namespace chainrule
