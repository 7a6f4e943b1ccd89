#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/layout.h"

namespace chainrule {

/// Joins the parts of a batch that several networks compute, each its own rows, in the order of the
/// batch. A sum over the rows is one chain of additions through all parts: each part continues the
/// sums of the part before it. So the bits are those of one network that computes the whole batch,
/// wherever the batch is cut; a sum of the parts' sums would round otherwise.
///
/// Every part makes the same calls in the same order. A call returns once the part before this one,
/// or for complete_sums() the last one, has got as far.
class Reducer {
 public:
  virtual ~Reducer() = default;
  /// Overwrites `sums` with those of all parts before this one; zeros for the first part.
  virtual void continue_sums(std::span<double> sums) = 0;
  virtual void continue_sums(std::span<float> sums) = 0;
  /// Takes `sums`, to which this part has added its rows, and overwrites them with those of all
  /// parts.
  virtual void complete_sums(std::span<double> sums) = 0;
  virtual void complete_sums(std::span<float> sums) = 0;
};

/// A network's part of every batch.
struct BatchPart {
  BatchPart(Reducer& joined, const ParameterLayout& parameters, size_t first)
      : reducer(joined), layout(parameters), first_row(first), flat(parameters.count) {}

  Reducer& reducer;
  const ParameterLayout& layout;
  size_t first_row;         // of the batch, in all parts' rows
  double sum = 0;           // that all workers need
  std::vector<float> flat;  // gradients as they are outside the core: see flatten()
};

}  // namespace chainrule
