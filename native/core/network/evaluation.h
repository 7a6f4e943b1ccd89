#pragma once

#include <cstddef>
#include <cstdint>

#include "data/dataset.h"
#include "plan/workspace.h"

namespace chainrule {

/// Loss over rows of samples, and how many of the network's decisions were right.
struct Evaluation {
  double loss = 0;     // weighted mean over the rows; the weighted sum while rows are being added
  double weight = 0;   // of the rows
  size_t right = 0;    // classes: rows whose largest output is the target's; labels: outputs
  size_t decided = 0;  // on the same side of 1/2 as their target; 0 decided for a regression

  double accuracy() const { return static_cast<double>(right) / static_cast<double>(decided); }
  /// Adds rows with their mean loss.
  void add(double mean_loss, double rows_weight) {
    loss += rows_weight * mean_loss;
    weight += rows_weight;
  }
  void end_sum() {
    if (weight > 0) loss /= weight;
  }
};

/// The number of right decisions in `rows` rows of a workspace, which are logits if the loss
/// takes those.
size_t count_right(Loss loss, const Workspace& workspace, const Samples& samples,
                   const uint32_t* order, size_t rows);

}  // namespace chainrule
