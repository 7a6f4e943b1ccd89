#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "step/context.h"
#include "step/fault.h"
#include "step/optimizer.h"

namespace chainrule {

/// Whether a step leaves every weight and moment finite, decided before it changes any.
///
/// Bounds prove it for every step that trains. By Cauchy and Schwarz no element of
/// dW_l = A_{l-1}^T delta_l, and no partial sum of it, exceeds |A_{l-1}| |delta_l|, the roots of
/// the sums of squares; model/tame.h says what a gradient may be. Those sums cost a pass over
/// activations and deltas, which are far fewer than multiply-adds. Where the bounds do not do, the
/// step is tried out on copies of a few weights at a time, which decides exactly: a step that the
/// bounds let pass and one that was tried out have the same bits.

/// Whether a number is finite as a float, too.
inline bool is_float(double value) {
  return std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max());
}

/// What a worker has seen in its own part of a step.
class Magnitudes {
 public:
  void see_input(double squares) { see(input_, squares); }
  void see_delta(double squares) { see(delta_, squares); }
  void see_scale(double squares) { see(scale_, squares); }
  void tell(StepNotes& notes) const {
    notes.inputs = input_;
    notes.deltas = delta_;
    notes.scale = scale_;
  }

 private:
  /// The larger of the two; infinity for NaN.
  static void see(double& most, double squares) {
    most = std::max(most, squares == squares ? squares : std::numeric_limits<double>::infinity());
  }
  double input_ = 0, delta_ = 0, scale_ = 0;
};

/// The inputs of the first layer.
void see_batch(const StepContext& step, const Worker& worker, const Batch& batch,
               Magnitudes& magnitudes);
/// The sum of squares of a share, or of a tile, of a matrix with `cols` columns.
double squares_of(const StepContext& step, const Share& share, const Buffer& buffer, size_t cols);
double squares_of(const StepContext& step, const Tile& tile, const Buffer& buffer);
/// A_l as the input of the layer above it, whose squares in the worker's share have this sum.
void see_outputs(const StepContext& step, size_t l, const Rows& rows, double squares,
                 Magnitudes& magnitudes);
/// The worker's rows of the output layer's delta.
void see_output_delta(const StepContext& step, const Worker& worker, const Rows& rows,
                      Magnitudes& magnitudes);

/// A bound for every element of the gradient from what all workers have told in their notes, the
/// same in every worker. Infinity if there is none.
double gradient_bound(const StepContext& step, const Worker& worker, double penalty);

/// Whether a step with gradients up to this bound is proved to stay finite. `was_tame`: State's, as
/// it was before the step.
bool is_proved(const StepContext& step, const Update& update, double gradient, bool was_tame);

/// Tries an update out on copies, tile by tile.
class Trial {
 public:
  Trial(const StepContext& step, const Worker& worker) : step_(step), worker_(worker) {}

  /// A tile of layer `l` with its gradient, which is multiplied by gradient_scale.
  void see(size_t l, const Tile& tile, const Update& weight, const Update& bias,
           const float* d_weight, float gradient_scale);
  /// `size` values from offset `at` of the parameters, all by one rule.
  void see(size_t l, const Update& update, size_t at, size_t size, const float* d_weight,
           float gradient_scale);
  /// What all workers have seen. The same in every worker; waits for the others. Without a fault
  /// the worker 0 notes in the state whether its moments are tame now.
  Fault end();

 private:
  const StepContext& step_;
  const Worker& worker_;
  Fault fault_;
  bool is_tame_ = true;
};

/// What was not finite in a step whose loss was not. Looks at all of its activations.
Fault fault_of_loss(const StepContext& step, const Rows& rows);

}  // namespace chainrule
