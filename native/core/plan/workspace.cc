#include "plan/workspace.h"

#include <algorithm>
#include <utility>

namespace chainrule {

Workspace::Workspace(Plan planned, Extras wanted)
    : plan(std::move(planned)),
      extras(wanted),
      floats(plan.workspace_floats),
      labels(std::max(plan.rows, plan.narrow_rows)),
      row_loss(std::max(plan.rows, plan.narrow_rows)),
      notes(plan.fit_threads),
      scratch(plan.fit_threads * plan.scratch_floats),
      images(plan.all_image_words),
      panels(plan.fit_threads * plan.panel_words) {
  size_t tiles = 0;
  size_t parameters = 0;
  for (const LayerPlan& layer : plan.layers) {
    tiles += layer.d_weight.count();
    parameters = layer.parameters.offset + layer.parameters.floats();
  }
  if (plan.scale.inputs > 0) parameters = plan.scale.offset + plan.scale.inputs;
  tile_sums = AlignedArray<double>(tiles);
  // The constants 1 that a narrow step's biases multiply. No step changes them.
  const auto put_ones = [this](const Buffer& buffer, size_t cols) {
    std::fill_n(floats.data() + buffer.offset + cols * plan.narrow_rows, plan.narrow_rows, 1.0f);
  };
  put_ones(plan.inputs, plan.layers.front().parameters.in);
  for (const LayerPlan& layer : plan.layers) {
    put_ones(layer.a, layer.parameters.out);
    put_ones(layer.dropped, layer.parameters.out);
  }
  if (extras.targets) targets = AlignedArray<float>(plan.rows * plan.layers.back().parameters.out);
  if (plan.path == StepPath::kTwoPasses) gradients = AlignedArray<float>(parameters);
  if (extras.gradient_sum) gradient_sum = AlignedArray<float>(parameters);
}

size_t Workspace::bytes() const {
  return floats.bytes() + labels.bytes() + targets.bytes() + row_loss.bytes() + tile_sums.bytes() +
         notes.bytes() + scratch.bytes() + images.bytes() + panels.bytes() + gradients.bytes() +
         gradient_sum.bytes();
}

}  // namespace chainrule
