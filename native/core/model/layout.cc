#include "model/layout.h"

namespace chainrule {
namespace {

/// Calls use(panel, layer, parameters before the layer) for every panel.
template <typename Use>
void for_each_panel(const ParameterLayout& layout, const Use& use) {
  size_t before = 0;
  for (const LayerLayout& layer : layout.layers) {
    for (size_t col = 0; col < layer.out; col += layer.shape.width()) {
      use(layer.panel_at(col), layer, before);
    }
    before += layer.rows * layer.out;
  }
}

}  // namespace

ParameterLayout make_parameter_layout(const NetworkSpec& spec, PanelShape shape) {
  ParameterLayout layout;
  size_t in = spec.input_size;
  for (const LayerSpec& layer : spec.layers) {
    const size_t rows = in + (layer.use_bias ? 1 : 0);
    layout.layers.push_back({in, layer.units, rows, layout.floats, shape});
    layout.floats += round_up(layout.layers.back().floats(), kFloatsPerLine);
    layout.count += rows * layer.units;
    in = layer.units;
  }
  // A product reads whole vectors of a thin panel.
  layout.floats += round_up(shape.lanes, kFloatsPerLine);
  if (spec.input_scale) {
    layout.scale_offset = layout.floats;
    layout.scale_size = spec.input_size;
    layout.floats += round_up(layout.scale_size, kFloatsPerLine);
    layout.count += layout.scale_size;
  }
  return layout;
}

void flatten(const ParameterLayout& layout, const AlignedArray<float>& from,
             std::span<float> flat) {
  for_each_panel(layout, [&](const Panel& panel, const LayerLayout& layer, size_t before) {
    float* to = flat.data() + before;
    // The panel's (in, cols) become rows of (out, in); the panel's last row is the bias.
    for (size_t o = 0; o < panel.cols; ++o) {
      const float* column = from.data() + panel.offset + o;
      float* row = to + (panel.col + o) * layer.in;
      for (size_t i = 0; i < layer.in; ++i) row[i] = column[i * panel.width];
    }
    if (layer.has_bias()) {
      std::copy_n(from.data() + panel.offset + layer.in * panel.width, panel.cols,
                  to + layer.in * layer.out + panel.col);
    }
  });
  std::copy_n(from.data() + layout.scale_offset, layout.scale_size,
              flat.data() + layout.count - layout.scale_size);
}

void unflatten(const ParameterLayout& layout, std::span<const float> flat,
               AlignedArray<float>& to) {
  for_each_panel(layout, [&](const Panel& panel, const LayerLayout& layer, size_t before) {
    const float* from = flat.data() + before;
    for (size_t o = 0; o < panel.cols; ++o) {
      float* column = to.data() + panel.offset + o;
      const float* row = from + (panel.col + o) * layer.in;
      for (size_t i = 0; i < layer.in; ++i) column[i * panel.width] = row[i];
    }
    if (layer.has_bias()) {
      std::copy_n(from + layer.in * layer.out + panel.col, panel.cols,
                  to.data() + panel.offset + layer.in * panel.width);
    }
  });
  std::copy_n(flat.data() + layout.count - layout.scale_size, layout.scale_size,
              to.data() + layout.scale_offset);
}

}  // namespace chainrule
