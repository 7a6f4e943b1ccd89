#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "step/optimizer.h"
#include "plan/plan.h"
#include "model/spec.h"
#include "runtime/thread_pool.h"
#include "plan/workspace.h"

namespace chainrule {

/// `rows` rows of samples: those that `order` lists, or without it the first ones.
struct Batch {
  Samples samples;
  const uint32_t* order = nullptr;
  size_t rows = 0;
  size_t rows_after = 0;  // in `order` behind these: what the next steps will take
};

/// What a step found before it changed anything.
struct StepLoss {
  double loss = 0;    // weighted mean over the batch, plus the penalty
  double weight = 0;  // sum of the batch's sample weights
};

/// A training step. Every worker of a region calls the same methods with the same arguments; each
/// does its share of every phase, and they wait for each other where a phase reads what another one
/// wrote. An element is summed by one worker in the order of the depth, whatever tile it lies in,
/// and sums over tiles are taken in the plan's order: so the workers compute the same bits, however
/// many they are. Nothing here allocates.
///
/// What flows where, and who waits (| is a wait for the others):
///
///     gather X -> A_1 -> ... -> A_L -> delta_L -> ...       a worker's own rows; at a layer whose
///                                                           weight outweighs its rows | columns |
///     | loss of all rows: go on only if it is finite
///     for l = L ... 1:  delta_{l-1} = (delta_l W_l^T) (.) g'  tiles of own |
///                       dW_l tile -> optimizer -> W_l tile    tiles of own, dW never in memory
///     | the weights are new
///
/// Small layers at the output pass delta on by rows, before the first wait. A narrow network, all
/// of which one thread computes, is trained another way round: step_narrow.cc.
class Step {
 public:
  Step(const NetworkSpec& spec, const Kernels& kernels, State& state, Workspace& workspace)
      : spec_(spec),
        kernels_(kernels),
        state_(state),
        workspace_(workspace),
        plan_(workspace.plan) {}

  /// Whether steps on these samples, in their own or some other order, need Workspace::targets.
  static bool copies_targets(const NetworkSpec& spec, const Samples& samples, bool ordered);

  /// Gradients, then the update, with dropout. When the loss, or a norm to clip by, is not finite,
  /// nothing is changed and the loss returned is not finite.
  /// Where the workspace has a gradient_sum, the batch's gradient is added to it.
  /// Returns as soon as this worker's part is done: before the next step, or anything else that
  /// reads weights or uses the workspace, it has to wait for the others.
  StepLoss train(const Worker& worker, const Batch& batch, double learning_rate);

  /// Leaves the gradient of the loss in the workspace's `gradients`, and by the inputs in
  /// `d_inputs` (rows, in) where that is not null. Changes no weight.
  StepLoss gradients(const Worker& worker, const Batch& batch, float* d_inputs = nullptr);

  /// Loss of the batch, and the network's `outputs` (rows, out) where that is not null.
  StepLoss evaluate(const Worker& worker, const Batch& batch, float* outputs);

  /// outputs (rows, out) = the network at inputs (rows, in).
  void predict(const Worker& worker, const float* inputs, size_t rows, float* outputs);

 private:
  /// The batch in the workspace.
  struct Rows {
    size_t count = 0;
    const float* targets = nullptr;  // (count, out), or null where there are labels
    const int32_t* labels = nullptr;
    double weight = 0;
    uint32_t step = 0;  // from 1; the dropout masks' position
    bool dropout = false;
    // This worker's rows of the next batch, where they are too large to be fetched while this one
    // is gathered.
    std::span<const uint32_t> next = {};
    const float* inputs = nullptr;  // of the dataset
  };

  /// Tiles `first` to `end` of a grid whose rows begin at row `row` of the batch.
  struct Share {
    TileGrid grid;
    size_t first, end;
    size_t row;
    Tile tile(size_t i) const {
      Tile tile = grid.at(i);
      tile.row += row;
      return tile;
    }
  };

  StepLoss train_narrow(const Worker& worker, const Batch& batch, const Update& update);
  Rows gather_narrow(const Worker& worker, const Batch& batch);
  void forward_narrow(size_t l, const Rows& rows);
  void drop_out_narrow(size_t l, const Rows& rows, const float* from, float* to);
  void delta_at_output_narrow(const Rows& rows);
  void backward_inputs_narrow(size_t l, const Rows& rows);
  void update_narrow(size_t l, const Rows& rows, const Update& update);
  Share share_of(const Worker& worker, const TileGrid& grid, const Rows& rows, bool by_rows) const;
  Rows gather(const Worker& worker, const Batch& batch, bool dropout);
  std::span<const uint32_t> gather_inputs(const Worker& worker, const Batch& batch);
  double scale_rows(const Worker& worker, const Batch& batch);
  void gather_targets(const Worker& worker, const Batch& batch, float* targets, size_t by_row,
                      size_t by_col);
  void forward(const Worker& worker, const Rows& rows, bool to_logits);
  void forward_tile(size_t l, const Tile& tile, bool raw, const Rows& rows);
  void finish_activations(size_t l, const Tile& tile, bool raw, const Rows& rows);
  DropoutMask dropout_mask(size_t l, const Rows& rows) const;
  void drop_out(size_t l, const Tile& tile, const Rows& rows, const Buffer& from, const Buffer& to);
  LossKernel loss_kernel() const;
  void delta_at_output(const Worker& worker, const Rows& rows);
  double total_loss(const Worker& worker, const Rows& rows);
  double penalty(const Worker& worker);
  template <typename Finish>
  void multiply_by_transposed(const Worker& worker, size_t l, const Rows& rows, bool by_rows,
                              const Buffer& d_input, const float* relu, const Finish& finish);
  void backward_inputs(const Worker& worker, size_t l, const Rows& rows, bool by_rows);
  void backward_own_rows(const Worker& worker, const Rows& rows);
  void input_gradients(const Worker& worker, const Rows& rows, float* d_inputs);
  template <typename Use>
  void for_each_weight_gradient(const Worker& worker, size_t l, const Rows& rows, float* gradients,
                                const Use& use);
  void add_penalty(size_t l, const Tile& tile, float* d_weight);
  void update_tile(size_t l, const Tile& tile, const Update& update, const float* d_weight,
                   float gradient_scale);
  void backward_and_update(const Worker& worker, const Rows& rows, const Update& update);
  void backward_to_gradients(const Worker& worker, const Rows& rows);
  void add_to_sum(const Worker& worker, double weight);
  bool clip_and_update(const Worker& worker, const Update& update);
  /// Calls use(layer, tile, number, panel, offset of the tile among the parameters) for this
  /// worker's tiles of all weights, numbered through. Returns how many tiles there are in all.
  template <typename Use>
  size_t for_each_own_tile(const Worker& worker, const Use& use);

  /// OpenBLAS's bits depend on the height of a tile: there it must be the plan's, not the worker's.
  bool tiles_may_vary() const { return !kernels_.uses_blas; }
  bool own_rows_suffice(size_t l) const {
    return plan_.layers[l].backward_by_rows && tiles_may_vary();
  }
  float* at(size_t offset) { return workspace_.floats.data() + offset; }
  float* at(const Buffer& buffer, size_t row, size_t col = 0) {
    return at(buffer.offset) + row * buffer.stride + col;
  }
  /// Whether a product may end with layer l's activation, or with its derivative.
  bool is_relu(size_t l) const { return plan_.layers[l].activation == Activation::kRelu; }
  bool drops_out(size_t l, const Rows& rows) const {
    return rows.dropout && plan_.layers[l].dropout > 0;
  }
  /// A_{l-1}, (rows, in), with a constant 1 behind its last column.
  const Buffer& input_of(size_t l, const Rows& rows) const {
    if (l == 0) return plan_.inputs;
    return drops_out(l - 1, rows) ? plan_.layers[l - 1].dropped : plan_.layers[l - 1].a;
  }
  /// The panel that a tile of a weight, or of a product with it, has its columns of.
  Panel panel_of(size_t l, const Tile& tile) const {
    return plan_.layers[l].parameters.panel_at(tile.col);
  }
  float* scratch(const Worker& worker) {
    return workspace_.scratch.data() + worker.index * plan_.scratch_floats;
  }

  const NetworkSpec& spec_;
  const Kernels& kernels_;
  State& state_;
  Workspace& workspace_;
  const Plan& plan_;
};

template <typename Use>
size_t Step::for_each_own_tile(const Worker& worker, const Use& use) {
  size_t tiles_before = 0;
  for (size_t l = 0; l < plan_.layers.size(); ++l) {
    const TileGrid& grid = plan_.layers[l].d_weight;
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      const Panel panel = panel_of(l, tile);
      use(l, tile, tiles_before + i, panel, panel.offset + tile.row * panel.width);
    }
    tiles_before += grid.count();
  }
  return tiles_before;
}

}  // namespace chainrule
