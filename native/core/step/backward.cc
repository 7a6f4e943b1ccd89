#include "step/backward.h"

#include <algorithm>
#include <cstring>

#include "step/elementwise.h"
#include "step/tiles.h"

namespace chainrule {
namespace {

/// dX (rows, in) = delta_l W_l^T, tile by tile.
struct TransposedProduct {
  const StepContext& step;
  const Worker& worker;
  size_t l;
  const Buffer& d_input;
  // Values of a ReLU, laid out like dX, to multiply dX by its derivative; null for none.
  const float* relu;
  Share share;
  size_t last_col;    // of the worker's tiles
  size_t packed_col;  // of the panel in the worker's scratch memory
  size_t first_out;   // of this pass over the outputs
  size_t depth;

  TransposedProduct(const StepContext& context, const Worker& own, size_t layer, const Rows& rows,
                    Division division, const Buffer& to, const float* relu_values)
      : step(context),
        worker(own),
        l(layer),
        d_input(to),
        relu(relu_values),
        share(share_of(own, context.plan.layers[layer].d_input, rows.count, division)),
        last_col(share.last_col()) {}

  const LayerLayout& weight() const { return step.plan.layers[l].parameters; }
  size_t width_of(const Tile& tile) const {
    const PanelShape& shape = weight().shape;
    if (shape.whole) return tile.cols;
    return tile.cols > shape.lanes ? shape.width() : shape.lanes;
  }

  /// Calls finish(tile, width, piece) for every tile as soon as it is complete: over tiles of bf16
  /// for pieces 0 to 2, otherwise for 0.
  template <typename Finish>
  void run(const Finish& finish) {
    if (step.plan.tiles != nullptr) return run_over_tiles(finish);
    for (first_out = 0; first_out < weight().out; first_out += step.plan.most_depth) {
      depth = std::min(step.plan.most_depth, weight().out - first_out);
      packed_col = weight().in;  // none yet
      for (size_t i = share.first; i < share.end; ++i) {
        const Tile tile = share.tile(i);
        pack(tile);
        multiply(tile);
        if (ends()) finish(tile, width_of(tile), 0);
      }
    }
  }

  template <typename Finish>
  void run_over_tiles(const Finish& finish) {
    const float* blocks[kMostWanted];
    WeightProduct(step, worker, l, share)
        .backward(
            d_input,
            [&](const Tile& tile, const Depth& outs) {
              // The next panel's images are made beside this product.
              return next_blocks(tile, 2, outs, blocks);
            },
            [&](const Tile& tile, size_t piece) { finish(tile, width_of(tile), piece); });
  }

  bool ends() const { return first_out + depth == weight().out; }

  /// The weight is stored packed for the forward pass. This packs a panel of its transpose, once
  /// for all rows. OpenBLAS does so itself.
  void pack(const Tile& tile) {
    if (tile.col == packed_col || weight().shape.whole) return;
    const size_t tile_width = width_of(tile);
    for (size_t o = 0; o < depth; o += weight().shape.width()) {
      const Panel panel = weight().panel_at(first_out + o);
      step.kernels.transpose(tile.cols, panel.cols, step.multiplier(l, panel, tile.col),
                             panel.width, step.scratch(worker) + o * tile_width, tile_width);
    }
    packed_col = tile.col;
  }

  void multiply(const Tile& tile) {
    const Buffer& delta = step.plan.layers[l].delta;
    const bool whole = weight().shape.whole;
    PanelProduct product = {
        .rows = tile.rows,
        .depth = depth,
        .width = width_of(tile),
        .a = step.at(delta, tile.row, first_out),
        .a_row = delta.stride,
        .a_depth = 1,
        .b = whole ? step.multiplier(l, weight().panel_at(0)) : step.scratch(worker),
        .b_stride = whole ? weight().out : width_of(tile),
        .c = step.at(d_input, tile.row, tile.col),
        .c_stride = d_input.stride,
        .accumulate = first_out > 0,
        .b_transposed = whole};
    if (relu != nullptr && ends()) {
      product.epilogue = Epilogue::kMultiplyDerivative;
      product.activations = relu + tile.row * d_input.stride + tile.col;
    }
    const float* blocks[kMostWanted];
    product.wanted = next_blocks(tile, 1, {first_out, first_out + depth}, blocks);
    step.kernels.multiply(product);
  }

  /// Blocks of the weight, `outs` of its columns, for a panel that is `ahead` panels on, if they
  /// come from memory: its share for the rows of this tile.
  Wanted next_blocks(const Tile& tile, size_t ahead, const Depth& outs,
                     const float* (&wanted)[kMostWanted]) const {
    const size_t width = weight().shape.width();
    const size_t col = tile.col + ahead * width;
    if (!step.plan.fetches_state || col > last_col) return {};
    const size_t blocks = (outs.size() + width - 1) / width;
    const size_t row = tile.row - share.row;
    const size_t first = blocks * row / share.grid.rows();
    const size_t end = blocks * (row + tile.rows) / share.grid.rows();
    const size_t count = std::min(end - first, kMostWanted);
    for (size_t b = 0; b < count; ++b) {
      wanted[b] = step.multiplier(l, weight().panel_at(outs.first + (first + b) * width), col);
    }
    return {{wanted, count}, width * width};
  }
};

/// delta_{l-1}, l > 0: this worker's part.
void backward_layer(const StepContext& step, const Worker& worker, size_t l, const Rows& rows,
                    Magnitudes* magnitudes) {
  const LayerPlan& below = step.plan.layers[l - 1];
  const Phase& phase = step.plan.layers[l].d_input_phase;
  const bool tiles = step.plan.tiles != nullptr;
  const bool in_product = info_of(below.activation).in_product && !tiles;
  const bool by_images = tiles && !below.keeps_a;
  step.begin(phase, worker);
  const Buffer delta = tiles ? own_sums(step, worker) : below.delta;
  TransposedProduct product(step, worker, l, rows, phase.division, delta,
                            in_product ? step.at(below.a.offset) : nullptr);
  double squares = 0;
  product.run([&](const Tile& tile, size_t width, size_t piece) {
    if (piece > 0) return write_delta_images(step, l - 1, delta, tile, piece - 1);
    if (by_images) {
      squares += static_cast<double>(delta_of_relu(step, l - 1, delta, tile));
      return;
    }
    finish_backward(step, l - 1, block_of(delta, tile, width), delta, in_product, rows);
    if (tiles) sum_rows(step, l - 1, delta, tile);
    if (tiles && magnitudes != nullptr) squares += squares_of(step, tile, delta);
  });
  if (magnitudes == nullptr) return;
  if (!tiles) squares = squares_of(step, product.share, below.delta, below.parameters.out);
  magnitudes->see_delta(squares);
}

}  // namespace

void backward_own_rows(const StepContext& step, const Worker& worker, const Rows& rows,
                       Magnitudes* magnitudes) {
  // The layers divided by rows are the last ones: see divide_backward() in plan.cc.
  for (size_t l = step.plan.layers.size();
       --l > 0 && step.plan.layers[l].d_input_phase.by_rows();) {
    backward_layer(step, worker, l, rows, magnitudes);
  }
  if (magnitudes != nullptr) magnitudes->tell(step.workspace.notes[worker.index]);
}

void backward_others(const StepContext& step, const Worker& worker, const Rows& rows,
                     Magnitudes* magnitudes) {
  for (size_t l = step.plan.layers.size(); --l > 0;) {
    if (step.plan.layers[l].d_input_phase.by_rows()) continue;
    backward_layer(step, worker, l, rows, magnitudes);
    if (magnitudes != nullptr) magnitudes->tell(step.workspace.notes[worker.index]);
  }
  step.begin(step.plan.check_phase, worker);
}

void input_gradients(const StepContext& step, const Worker& worker, const Rows& rows,
                     float* d_inputs) {
  const Buffer& inputs = step.plan.inputs;
  TransposedProduct product(step, worker, 0, rows, Division::kTiles, inputs, nullptr);
  product.run([](const Tile&, size_t, size_t) {});
  worker.wait_for_others();
  const size_t in = step.spec.input_size;
  for (size_t r = step.first_row(worker, rows.count); r < step.end_row(worker, rows.count); ++r) {
    std::memcpy(d_inputs + r * in, step.at(inputs, r), in * sizeof(float));
  }
  worker.wait_for_others();
}

}  // namespace chainrule
