// The second half of a training step: from delta_L to the new weights.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "step/step.h"

namespace chainrule {
namespace {

// Arrays that one product fetches: the state of a tile, or rows of the next batch.
constexpr size_t kMostWanted = 32;

/// Where `array` has `offset`; null where there is no array.
float* part_of(AlignedArray<float>& array, size_t offset) {
  return array.size() == 0 ? nullptr : array.data() + offset;
}

}  // namespace

// ---- Backward: delta_{l-1} = (delta_l W_l^T) (.) g'(Z_{l-1});  dW_l = A_{l-1}^T delta_l ---------

/// dX (rows, in) = delta_l W_l^T, times the derivative of the ReLU whose values lie at `relu` as dX
/// does, where that is not null; with finish(tile) on every tile as soon as it is there. The weight
/// lies packed for the forward pass; each panel of its transpose is packed here, once for all rows.
template <typename Finish>
void Step::multiply_by_transposed(const Worker& worker, size_t l, const Rows& rows, bool by_rows,
                                  const Buffer& d_input, const float* relu, const Finish& finish) {
  const LayerPlan& layer = plan_.layers[l];
  const LayerLayout& weight = layer.parameters;
  const size_t width = weight.shape.width();
  const Share share = share_of(worker, layer.d_input, rows, by_rows);
  float* transposed = scratch(worker);
  const size_t last_col = share.first < share.end ? share.tile(share.end - 1).col : 0;
  for (size_t k = 0; k < weight.out; k += kMostDepth) {
    const size_t depth = std::min(kMostDepth, weight.out - k);
    size_t packed = weight.in;  // the column whose panel lies in `transposed`; none yet
    for (size_t i = share.first; i < share.end; ++i) {
      const Tile tile = share.tile(i);
      const size_t tile_width = tile.cols > weight.shape.lanes ? width : weight.shape.lanes;
      if (tile.col != packed) {
        for (size_t o = 0; o < depth; o += width) {
          const Panel panel = weight.panel_at(k + o);
          kernels_.transpose(tile.cols, panel.cols,
                             state_.parameters.data() + panel.offset + tile.col * panel.width,
                             panel.width, transposed + o * tile_width, tile_width);
        }
        packed = tile.col;
      }
      PanelProduct product = {.rows = tile.rows,
                              .depth = depth,
                              .width = tile_width,
                              .a = at(layer.delta, tile.row, k),
                              .a_row = layer.delta.stride,
                              .a_depth = 1,
                              .b = transposed,
                              .b_stride = tile_width,
                              .c = at(d_input, tile.row, tile.col),
                              .c_stride = d_input.stride,
                              .accumulate = k > 0};
      if (relu != nullptr && k + depth == weight.out) {
        product.epilogue = Epilogue::kMultiplyDerivative;
        product.activations = relu + tile.row * d_input.stride + tile.col;
      }
      const float* wanted[kMostWanted];
      if (plan_.fetches_state && tile.col < last_col) {
        // Blocks of the weight, those of the next panel: as many of them as rows of this one.
        const size_t blocks = (depth + width - 1) / width;
        const size_t row = tile.row - share.row;
        const size_t first = blocks * row / share.grid.rows();
        const size_t end = blocks * (row + tile.rows) / share.grid.rows();
        const size_t count = std::min(end - first, kMostWanted);
        for (size_t b = 0; b < count; ++b) {
          const Panel panel = weight.panel_at(k + (first + b) * width);
          wanted[b] = state_.parameters.data() + panel.offset + (tile.col + width) * panel.width;
        }
        product.wanted = {wanted, count};
        product.wanted_floats = width * width;
      }
      kernels_.multiply(product);
      if (k + depth == weight.out) finish(tile, tile_width);
    }
  }
  if (!by_rows) worker.wait_for_others();
}

/// delta_{l-1} from delta_l.
void Step::backward_inputs(const Worker& worker, size_t l, const Rows& rows, bool by_rows) {
  const LayerPlan& below = plan_.layers[l - 1];
  const bool masked = drops_out(l - 1, rows);
  const bool fused = is_relu(l - 1) && !masked;
  multiply_by_transposed(worker, l, rows, by_rows, below.delta,
                         fused ? at(below.a.offset) : nullptr, [&](const Tile& tile, size_t width) {
                           if (masked) drop_out(l - 1, tile, rows, below.delta, below.delta);
                           if (fused || below.activation == Activation::kIdentity) return;
                           kernels_.derivative(below.activation)(
                               tile.rows, width, below.delta.stride,
                               at(below.delta, tile.row, tile.col), at(below.a, tile.row, tile.col),
                               below.slope);
                         });
}

/// The deltas for which a worker needs those of its own rows alone, so that all this comes before
/// the step's first wait.
void Step::backward_own_rows(const Worker& worker, const Rows& rows) {
  for (size_t l = plan_.layers.size(); --l > 0 && own_rows_suffice(l);) {
    backward_inputs(worker, l, rows, true);
  }
}

/// The gradient by the inputs, which training never needs: into the batch's own buffer, then out.
void Step::input_gradients(const Worker& worker, const Rows& rows, float* d_inputs) {
  multiply_by_transposed(worker, 0, rows, false, plan_.inputs, nullptr, [](const Tile&, size_t) {});
  const size_t in = spec_.input_size;
  for (size_t r = worker.first_of(rows.count); r < worker.end_of(rows.count); ++r) {
    std::memcpy(d_inputs + r * in, at(plan_.inputs, r), in * sizeof(float));
  }
  worker.wait_for_others();
}

/// Calls use(tile, d_weight) for this worker's tiles of W_l and its bias row, where d_weight
/// (tile.rows, panel width) is the gradient, L2 included. It was computed into
/// `gradients` (laid out as the parameters), or where that is null into scratch memory, soon to be
/// overwritten; then what is wanted next is fetched meanwhile: weight and moments for `use`, or
/// where those are in cache anyway the next batch's rows.
template <typename Use>
void Step::for_each_weight_gradient(const Worker& worker, size_t l, const Rows& rows,
                                    float* gradients, const Use& use) {
  const LayerPlan& layer = plan_.layers[l];
  const Buffer& x = input_of(l, rows);
  float* packed = scratch(worker) + plan_.tile_floats;
  size_t packed_col = layer.parameters.out;  // none yet
  std::span<const uint32_t> next = rows.next;
  const TileGrid& grid = layer.d_weight;
  const size_t end = worker.end_of(grid.count());
  for (size_t i = worker.first_of(grid.count()); i < end; ++i) {
    const Tile tile = grid.at(i);
    const Panel panel = panel_of(l, tile);
    const size_t corner = panel.offset + tile.row * panel.width;
    if (plan_.packs_delta && tile.col != packed_col) {
      for (size_t r = 0; r < rows.count; ++r) {
        std::memcpy(packed + r * panel.width, at(layer.delta, r, tile.col),
                    panel.width * sizeof(float));
      }
      packed_col = tile.col;
    }
    // A product of a thin panel spills over what may be another worker's.
    const bool direct = gradients != nullptr && !layer.parameters.is_thin(panel);
    float* d_weight = direct ? gradients + corner : scratch(worker);
    PanelProduct product = {
        .rows = tile.rows,
        .depth = rows.count,
        .width = panel.width,
        .a = at(x, 0, tile.row),
        .a_row = 1,
        .a_depth = x.stride,
        .b = plan_.packs_delta ? packed : at(layer.delta, 0, tile.col),
        .b_stride = plan_.packs_delta ? panel.width : layer.delta.stride,
        .c = d_weight,
        .c_stride = panel.width,
        .accumulate = false,
    };
    const float* wanted[kMostWanted];
    if (gradients == nullptr && plan_.fetches_state) {
      wanted[0] = part_of(state_.parameters, corner);
      wanted[1] = part_of(state_.first_moment, corner);
      wanted[2] = part_of(state_.second_moment, corner);
      product.wanted = {wanted, 1 + static_cast<size_t>(moments_of(spec_.optimizer.kind))};
      product.wanted_floats = tile.rows * panel.width;
    } else if (l == 0 && gradients == nullptr && !next.empty()) {
      // An equal share for each of the tiles that are left.
      const size_t count = std::min(next.size() / (end - i), kMostWanted);
      for (size_t r = 0; r < count; ++r) wanted[r] = rows.inputs + next[r] * spec_.input_size;
      next = next.subspan(count);
      product.wanted = {wanted, count};
      product.wanted_floats = spec_.input_size;
    }
    kernels_.multiply(product);
    add_penalty(l, tile, d_weight);
    if (gradients != nullptr && !direct) {
      std::memcpy(gradients + corner, d_weight, tile.rows * panel.width * sizeof(float));
    }
    use(tile, d_weight);
  }
}

/// dW += l2 W, without the bias.
void Step::add_penalty(size_t l, const Tile& tile, float* d_weight) {
  const size_t in = plan_.layers[l].parameters.in;
  if (spec_.l2 == 0 || tile.row >= in) return;
  const Panel panel = panel_of(l, tile);
  kernels_.add_scaled(std::min(tile.rows, in - tile.row), panel.cols, static_cast<float>(spec_.l2),
                      state_.parameters.data() + panel.offset + tile.row * panel.width, panel.width,
                      d_weight, panel.width);
}

// ---- Update ----------------------------------------------------------------------------------

void Step::update_tile(size_t l, const Tile& tile, const Update& update, const float* d_weight,
                       float gradient_scale) {
  const Panel panel = panel_of(l, tile);
  const size_t corner = panel.offset + tile.row * panel.width;
  update.apply(kernels_, {.size = tile.rows * panel.width,
                          .weight = part_of(state_.parameters, corner),
                          .first_moment = part_of(state_.first_moment, corner),
                          .second_moment = part_of(state_.second_moment, corner),
                          .d_weight = d_weight,
                          .gradient_scale = gradient_scale});
}

/// The fused path: a tile of dW is used up where it was made and the whole gradient never stands in
/// memory. A layer's weights change only after delta has passed through them.
void Step::backward_and_update(const Worker& worker, const Rows& rows, const Update& update) {
  for (size_t l = plan_.layers.size(); l-- > 0;) {
    if (l > 0 && !own_rows_suffice(l)) backward_inputs(worker, l, rows, false);
    for_each_weight_gradient(worker, l, rows, nullptr,
                             [&](const Tile& tile, const float* d_weight) {
                               update_tile(l, tile, update, d_weight, 1);
                             });
  }
}

/// The path in two passes: all gradients, for clipping and for callers who ask for them.
void Step::backward_to_gradients(const Worker& worker, const Rows& rows) {
  for (size_t l = plan_.layers.size(); l-- > 0;) {
    if (l > 0 && !own_rows_suffice(l)) backward_inputs(worker, l, rows, false);
    for_each_weight_gradient(worker, l, rows, workspace_.gradients.data(),
                             [](const Tile&, const float*) {});
  }
  worker.wait_for_others();
}

/// sum += weight * gradient
void Step::add_to_sum(const Worker& worker, double weight) {
  if (workspace_.gradient_sum.size() == 0) return;
  for_each_own_tile(worker,
                    [&](size_t, const Tile& tile, size_t, const Panel& panel, size_t corner) {
                      kernels_.add_scaled(tile.rows, panel.cols, static_cast<float>(weight),
                                          workspace_.gradients.data() + corner, panel.width,
                                          workspace_.gradient_sum.data() + corner, panel.width);
                    });
}

/// Returns false, with nothing changed, where the norm is not finite.
bool Step::clip_and_update(const Worker& worker, const Update& update) {
  const float* gradients = workspace_.gradients.data();
  float scale = 1;
  if (spec_.optimizer.clip_norm > 0) {
    const size_t tiles = for_each_own_tile(
        worker, [&](size_t, const Tile& tile, size_t number, const Panel& panel, size_t corner) {
          workspace_.tile_sums[number] =
              kernels_.sum_of_squares(tile.rows, panel.cols, panel.width, gradients + corner);
        });
    worker.wait_for_others();
    double squares = 0;
    for (size_t i = 0; i < tiles; ++i) squares += workspace_.tile_sums[i];
    const double norm = std::sqrt(squares);
    if (!std::isfinite(norm)) return false;
    if (norm > spec_.optimizer.clip_norm) {
      scale = static_cast<float>(spec_.optimizer.clip_norm / norm);
    }
  }
  for_each_own_tile(worker, [&](size_t l, const Tile& tile, size_t, const Panel&, size_t corner) {
    update_tile(l, tile, update, gradients + corner, scale);
  });
  return true;
}

}  // namespace chainrule
