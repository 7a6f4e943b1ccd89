#pragma once

#include <cstddef>
#include <cstdint>

#include "step/context.h"

namespace chainrule {

/// What a step found before it changed anything.
struct StepLoss {
  double loss = 0;    // weighted mean over the batch, plus the penalty
  double weight = 0;  // sum of the batch's sample weights
};

/// A training step. Every worker of a region calls the same methods with the same arguments; each
/// does its share of every phase, and they wait for each other where a phase reads what another one
/// wrote. An element is summed by one worker in the order of the depth, whatever tile it lies in,
/// and sums over tiles are taken in the plan's order: so the workers compute the same bits, however
/// many they are. Nothing here allocates.
///
/// What flows where, and who waits (| is a wait for the others):
///
///     gather X -> A_1 -> ... -> A_L -> delta_L -> ...       a worker's own rows; at a layer whose
///                                                           weight outweighs its rows | columns |
///     | loss of all rows: go on only if it is finite
///     for l = L ... 1:  delta_{l-1} = (delta_l W_l^T) (.) g'  tiles of own |
///                       dW_l tile -> optimizer -> W_l tile    tiles of own, dW never in memory
///     | the weights are new
///
/// Small layers at the output pass delta on by rows, before the first wait. The plan chooses among
/// this path, the one in two passes (update.h) and that of a narrow network (narrow.h).
class Step {
 public:
  Step(const NetworkSpec& spec, const Kernels& kernels, State& state, Workspace& workspace)
      : step_{spec, kernels, state, workspace, workspace.plan} {}

  /// Gradients, then the update, with dropout. When the loss, or a norm to clip by, is not finite,
  /// nothing is changed and the loss returned is not finite.
  /// Where the workspace has a gradient_sum, the batch's gradient is added to it.
  /// Returns as soon as this worker's part is done: before the next step, or anything else that
  /// reads weights or uses the workspace, it has to wait for the others.
  StepLoss train(const Worker& worker, const Batch& batch, double learning_rate);

  /// Leaves the gradient of the loss in the workspace's `gradients`, and by the inputs in
  /// `d_inputs` (rows, in) where that is not null. Changes no weight. Needs a plan of two passes.
  StepLoss gradients(const Worker& worker, const Batch& batch, float* d_inputs = nullptr);

  /// Loss of the batch, and the network's `outputs` (rows, out) where that is not null.
  StepLoss evaluate(const Worker& worker, const Batch& batch, float* outputs);

  /// outputs (rows, out) = the network at inputs (rows, in).
  void predict(const Worker& worker, const float* inputs, size_t rows, float* outputs);

 private:
  void copy_outputs(const Worker& worker, size_t rows, float* outputs, bool are_logits) const;

  const StepContext step_;
};

}  // namespace chainrule
