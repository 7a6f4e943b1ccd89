#pragma once

#include <cstddef>

namespace chainrule {

/// What in a step was not a finite float, so that the step was not taken.
enum class FaultKind {
  kNone,
  kOutput,    // of `layer`, the first one with such an output
  kLoss,      // although all outputs are finite
  kGradient,  // of `layer`, the first one on the way back from the loss
  kUpdate     // a weight or moment of `layer` that this step would have led to
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  size_t layer = 0;

  explicit operator bool() const { return kind != FaultKind::kNone; }
};

}  // namespace chainrule
