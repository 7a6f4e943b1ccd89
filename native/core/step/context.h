#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "model/spec.h"
#include "model/state.h"
#include "plan/plan.h"
#include "plan/workspace.h"
#include "runtime/thread_pool.h"

namespace chainrule {

/// `rows` rows of samples: those that `order` lists, or without it the first ones.
struct Batch {
  Samples samples;
  const uint32_t* order = nullptr;
  size_t rows = 0;
  size_t rows_after = 0;  // in `order` behind these: what the next steps will take
};

/// A batch in the workspace.
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

/// What every phase of a step works on.
struct StepContext {
  const NetworkSpec& spec;
  const Kernels& kernels;
  State& state;
  Workspace& workspace;
  const Plan& plan;

  float* at(size_t offset) const { return workspace.floats.data() + offset; }
  float* at(const Buffer& buffer, size_t row, size_t col = 0) const {
    return at(buffer.offset) + row * buffer.stride + col;
  }
  /// A panel's parameters from row `row` on.
  float* weight(const Panel& panel, size_t row = 0) const {
    return state.parameters.data() + panel.offset + row * panel.width;
  }
  float* scratch(const Worker& worker) const {
    return workspace.scratch.data() + worker.index * plan.scratch_floats;
  }
  /// The panel that a tile of a weight, or of a product with it, has its columns of.
  Panel panel_of(size_t l, const Tile& tile) const {
    return plan.layers[l].parameters.panel_at(tile.col);
  }
  bool drops_out(size_t l, const Rows& rows) const {
    return rows.dropout && plan.layers[l].dropout > 0;
  }
  /// A_{l-1}, (rows, in), with a constant 1 behind its last column.
  const Buffer& input_of(size_t l, const Rows& rows) const {
    if (l == 0) return plan.inputs;
    return drops_out(l - 1, rows) ? plan.layers[l - 1].dropped : plan.layers[l - 1].a;
  }
  /// Whether a product may end with layer l's activation, or with its derivative.
  bool is_relu(size_t l) const { return plan.layers[l].activation == Activation::kRelu; }
  /// OpenBLAS's bits depend on the height of a tile: there it must be the plan's, not the worker's.
  bool tiles_may_vary() const { return !kernels.uses_blas; }
  /// Whether a worker gets delta_{l-1} from delta_l for its own rows alone.
  bool own_rows_suffice(size_t l) const {
    return plan.layers[l].backward_by_rows && tiles_may_vary();
  }
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

/// This worker's tiles of a product that has a row for each of the batch: all in its own rows, or
/// those of its own among all.
inline Share share_of(const Worker& worker, const TileGrid& grid, size_t rows, bool by_rows) {
  if (!by_rows) {
    const TileGrid all = grid.with_rows(rows);
    return {all, worker.first_of(all.count()), worker.end_of(all.count()), 0};
  }
  const size_t first = worker.first_of(rows);
  const TileGrid own = grid.with_rows(worker.end_of(rows) - first);
  return {own, 0, own.count(), first};
}

/// A tile of a weight: its place among all tiles, numbered through, and among the parameters.
struct WeightTile {
  size_t layer;
  Tile tile;
  size_t number;
  Panel panel;
  size_t corner;
};

/// Calls use(weight tile) for this worker's tiles of all weights. Returns how many tiles there are
/// in all.
template <typename Use>
size_t for_each_own_tile(const StepContext& step, const Worker& worker, const Use& use) {
  size_t tiles_before = 0;
  for (size_t l = 0; l < step.plan.layers.size(); ++l) {
    const TileGrid& grid = step.plan.layers[l].d_weight;
    for (size_t i = worker.first_of(grid.count()); i < worker.end_of(grid.count()); ++i) {
      const Tile tile = grid.at(i);
      const Panel panel = step.panel_of(l, tile);
      use(WeightTile{l, tile, tiles_before + i, panel, panel.offset + tile.row * panel.width});
    }
    tiles_before += grid.count();
  }
  return tiles_before;
}

}  // namespace chainrule
