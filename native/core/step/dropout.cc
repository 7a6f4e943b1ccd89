#include <utility>

#include "runtime/random.h"
#include "step/elementwise.h"

namespace chainrule {

void drop_out(const StepContext& step, size_t l, const Block& block, const Rows& rows,
              const Buffer& from, const Buffer& to) {
  const LayerPlan& layer = step.plan.layers[l];
  const double rate = layer.dropout * rows.dropout;
  DropoutMask mask = {.key = {step.spec.seed, static_cast<uint32_t>(Stream::kDropout) +
                                                  256 * static_cast<uint32_t>(l)},
                      .step = rows.step,
                      .by_row = static_cast<uint32_t>(layer.parameters.out),
                      .by_col = 1,
                      .threshold = static_cast<uint32_t>(rate * 4294967296.0),
                      .scale = static_cast<float>(1 / (1 - rate))};
  if (block.transposed) std::swap(mask.by_row, mask.by_col);
  Tile tile = block.tile;
  tile.row += rows.first;
  step.kernels.dropout(mask, tile, block.stride, block.in(step, from), block.in(step, to));
}

}  // namespace chainrule
