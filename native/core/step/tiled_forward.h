#pragma once

#include "step/tiles.h"

namespace chainrule {

/// A worker's share of A_l by products over tiles of bf16, with the images that the next layer
/// needs.
class TiledForward {
 public:
  /// `raw`: without the activation. `sums`: run() returns the sum of A's squares.
  TiledForward(const StepContext& step, const Worker& worker, size_t l, const Share& share,
               bool raw, const Rows& rows, bool sums);

  double run();

 private:
  /// Pieces 0 to kPiecesOfEnd - 1 of what follows Z on a block: A and its images.
  void end(const Tile& block, size_t piece);

  // Of a layer whose depth is cut, see SegmentPlan: the worker's share of the sums of all segments,
  // tiles of one segment after another, and Z of a block from them.
  void multiply_segments();
  void join(const Tile& block);

  const StepContext& step_;
  const Worker& worker_;
  const size_t l_;
  const LayerPlan& layer_;
  const Share& share_;
  const bool raw_;
  const Rows& rows_;
  const bool sums_;
  const Buffer z_, a_;
  double squares_ = 0;
};

}  // namespace chainrule
