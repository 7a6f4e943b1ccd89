#include "network/evaluation.h"

#include <algorithm>

namespace chainrule {
namespace {

size_t argmax(const float* row, size_t size) {
  return static_cast<size_t>(std::max_element(row, row + size) - row);
}

}  // namespace

size_t count_right(Loss loss, const Workspace& workspace, const Samples& samples,
                   const uint32_t* order, size_t rows) {
  const LayerPlan& last = workspace.plan.layers.back();
  const size_t out = last.parameters.out;
  const float half = info_of(loss).takes_logits ? 0 : 0.5f;  // sigmoid(0) = 1/2
  size_t right = 0;
  for (size_t r = 0; r < rows; ++r) {
    const float* z = workspace.floats.data() + last.a.offset + r * last.a.stride;
    const size_t row = order[r];
    const float* target = samples.targets == nullptr ? nullptr : samples.targets + row * out;
    if (info_of(loss).task == Task::kClasses) {
      const size_t expected =
          target == nullptr ? static_cast<size_t>(samples.labels[row]) : argmax(target, out);
      right += argmax(z, out) == expected ? 1 : 0;
    } else {
      for (size_t j = 0; j < out; ++j) right += (z[j] > half) == (target[j] > 0.5f) ? 1 : 0;
    }
  }
  return right;
}

}  // namespace chainrule
