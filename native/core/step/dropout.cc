#include "step/dropout.h"

#include "runtime/random.h"

namespace chainrule {

void drop_out(const StepContext& step, size_t l, const Tile& tile, const Rows& rows,
              const Buffer& from, const Buffer& to) {
  step.kernels.dropout(dropout_mask(step, l, rows), tile, from.stride,
                       step.at(from, tile.row, tile.col), step.at(to, tile.row, tile.col));
}

DropoutMask dropout_mask(const StepContext& step, size_t l, const Rows& rows) {
  const LayerPlan& layer = step.plan.layers[l];
  return {.key = {step.spec.seed,
                  static_cast<uint32_t>(Stream::kDropout) + 256 * static_cast<uint32_t>(l)},
          .step = rows.step,
          .by_row = static_cast<uint32_t>(layer.parameters.out),
          .by_col = 1,
          .threshold = static_cast<uint32_t>(layer.dropout * 4294967296.0),
          .scale = static_cast<float>(1 / (1 - layer.dropout))};
}

}  // namespace chainrule
