#pragma once

#include <cstddef>
#include <cstdint>

#include "step/context.h"
#include "step/fault.h"
#include "step/optimizer.h"

namespace chainrule {

/// The loss of a step, computed before the step changed anything.
struct StepLoss {
  double loss = 0;    // weighted mean over the batch, plus the penalty
  double weight = 0;  // sum of the batch's sample weights
  Fault fault = {};   // of a step that was not taken; of a loss only in worker 0
};

/// A training step. Every worker of a region calls the same methods with the same arguments. Each
/// does its share of every phase, and a barrier separates two phases if the second reads what other
/// workers wrote in the first. One worker sums an element, or a segment of it (SegmentPlan), in
/// order of the depth, whatever its tile; sums of segments and over tiles follow the plan's order.
/// So any number of workers computes the same bits. Nothing here allocates.
///
/// Data flow and barriers (|):
///
///     gather X -> A_1 -> ... -> A_L -> delta_L -> ...       a worker's own rows; | columns | at a
///                                                           layer whose weight outweighs its rows
///     | loss of all rows: go on only if it is finite
///     for l = L ... 2:  delta_{l-1} = (delta_l W_l^T) (.) g'  own tiles |
///     go on only if the update stays finite (finite.h)
///     for l = L ... 1:  dW_l tile -> optimizer -> W_l tile    own tiles, dW never in memory
///     | the weights are new
///
/// With a scale of the inputs (input_scale.h) the first layer's products take diag(g) W, computed
/// after the gather, and g is updated last, after one more barrier.
///
/// Over tiles of bf16 every layer is divided by tiles, so that each waits, and where a layer's
/// depth is cut, its segments' sums are added up after one more barrier (SegmentPlan).
///
/// Small layers at the output pass delta on by rows, before the first barrier. The plan chooses
/// between this path, the two-pass path (update.h) and the narrow path (narrow.h).
class Step {
 public:
  /// `part`, which may be null, says which part of every batch this network computes. It needs a
  /// two-pass plan.
  Step(const NetworkSpec& spec, const Kernels& kernels, State& state, Workspace& workspace,
       BatchPart* part = nullptr)
      : step_{spec, kernels, state, workspace, workspace.plan, part} {}

  /// Gradients, then the update, with dropout. Changes nothing if the loss, an element of the
  /// gradient, or a weight or moment after the step is not a finite float: see finite.h. The loss
  /// is not one, or the result has a fault, in every worker then.
  /// If the workspace has a gradient_sum, adds the batch's gradient to it.
  /// Returns as soon as this worker's part is done. The worker must wait for the others before the
  /// next step, or before anything else that reads weights or uses the workspace.
  StepLoss train(const Worker& worker, const Batch& batch, const StepRates& rates);

  /// Writes the gradient of the loss to the workspace's `gradients`, and the gradient with respect
  /// to the inputs to `d_inputs` (rows, in) unless that is null. Changes no weight. Needs a
  /// two-pass plan.
  StepLoss gradients(const Worker& worker, const Batch& batch, float* d_inputs = nullptr);

  /// Loss of the batch, and the network's `outputs` (rows, out) unless that is null.
  StepLoss evaluate(const Worker& worker, const Batch& batch, float* outputs);

  /// outputs (rows, out) = the network at inputs (rows, in).
  void predict(const Worker& worker, const float* inputs, size_t rows, float* outputs);

 private:
  void copy_outputs(const Worker& worker, size_t rows, float* outputs, bool are_logits) const;

  const StepContext step_;
};

}  // namespace chainrule
