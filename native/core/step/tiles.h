#pragma once

#include "step/context.h"

namespace chainrule {

/// Products over tiles of bf16 (kernels/tiles.h), if the plan has kernels for them. A phase is what
/// it is in float32, but for its product: activations, deltas, weights and gradients are all
/// float32, and whoever ends a tile of activations or deltas writes its images as well. A weight's
/// images are made where they are needed, panel by panel, and thrown away.

/// Writes the images of a tile, which begins at whole blocks, of layer l's input or delta.
void write_input_images(const StepContext& step, size_t l, const Buffer& input, const Tile& tile);
void write_delta_images(const StepContext& step, size_t l, const Tile& tile);

/// A worker's share of a product with a layer's weight, whose images are made once for all tiles of
/// a panel.
class TiledProduct {
 public:
  TiledProduct(const StepContext& step, const Worker& worker, size_t l, const Share& share)
      : step_(step), l_(l), share_(share), panel_(worker, step) {}

  /// Z of a tile, with the bias, to the layer's z.
  void forward(const Tile& tile);
  /// dX of a tile to `d_input`. `wanted`: to prefetch.
  void backward(const Tile& tile, const Buffer& d_input, const Wanted& wanted);

 private:
  struct PanelImages {
    PanelImages(const Worker& worker, const StepContext& step)
        : data(step.workspace.panels.data() + worker.index * step.plan.panel_words) {}
    uint16_t* data;
    size_t col = kMaxElements;  // of the panel that they are of; none yet
  };

  void make_forward_images(const Panel& panel);
  Wanted next_weights(const Tile& tile, const float*& from) const;
  void make_backward_images(const Tile& tile);
  void multiply(const Tile& tile, size_t depth, size_t left, const Buffer& c, const float* start,
                const Wanted& wanted);

  const StepContext& step_;
  const size_t l_;
  const Share& share_;
  PanelImages panel_;
};

/// dW of a tile, which begins at whole blocks, with its bias row: (tile.rows, panel width).
/// `d_weight` has room for whole blocks.
void weight_gradient_of(const StepContext& step, size_t l, const Rows& rows, const Tile& tile,
                        float* d_weight, const Wanted& wanted);

}  // namespace chainrule
