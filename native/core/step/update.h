#pragma once

#include <optional>

#include "step/context.h"
#include "step/optimizer.h"

namespace chainrule {

/// A step's update rule for one layer, whose weight and bias may have factors of their own.
class LayerUpdate {
 public:
  LayerUpdate(const StepContext& step, size_t l, const Update& update);
  LayerUpdate(const LayerUpdate&) = delete;
  LayerUpdate& operator=(const LayerUpdate&) = delete;

  size_t layer() const { return l_; }
  /// Updates the weights and moments of a tile with gradient_scale * d_weight.
  void apply(const Tile& tile, const float* d_weight, float gradient_scale) const;

 private:
  const StepContext& step_;
  const size_t l_;
  const Update& update_;
  std::optional<Update> weight_, bias_;  // if the layer has factors
};

/// The fused path: the optimizer consumes a tile of dW where it was computed, and the gradient is
/// never stored. A layer's weights change only after delta has passed through them.
void backward_and_update(const StepContext& step, const Worker& worker, const Rows& rows,
                         const Update& update);

/// The first pass of the two-pass path, for clipping and for callers who ask for gradients.
void backward_to_gradients(const StepContext& step, const Worker& worker, const Rows& rows);

/// Adds weight * gradient to the workspace's gradient_sum, if it has one.
void add_to_sum(const StepContext& step, const Worker& worker, double weight);

/// The second pass. Returns false and changes nothing if a norm to clip by is not finite.
bool clip_and_update(const StepContext& step, const Worker& worker, const Update& update);

}  // namespace chainrule
