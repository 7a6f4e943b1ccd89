#pragma once

#include <algorithm>
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
#include "step/reducer.h"

namespace chainrule {

/// `rows` rows of samples: those listed in `order`, or the first ones if it is null.
struct Batch {
  Samples samples;
  const uint32_t* order = nullptr;
  size_t rows = 0;
  size_t rows_after = 0;  // in `order` after these: the next steps' rows
};

/// A batch in the workspace.
struct Rows {
  size_t count = 0;
  size_t first = 0;                // of the rows of all parts of the batch
  const float* targets = nullptr;  // (count, out), or null if there are labels
  const int32_t* labels = nullptr;
  double weight = 0;   // of all parts
  uint32_t step = 0;   // from 1; position of the dropout masks
  double dropout = 0;  // factor of the layers' rates; 0 for none
  // This worker's rows of the next batch, if products are to prefetch them: see gather_inputs().
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
  BatchPart* part;  // null if the network computes whole batches

  /// The sum over all rows of a batch that `add(sum)` continues; the same in every worker. Each
  /// computes it; with parts, one does and the others wait for it.
  template <typename Add>
  double sum_over_batch(const Worker& worker, const Add& add) const {
    if (part == nullptr) return add(0.0);
    if (worker.index == 0) {
      part->reducer.continue_sums(std::span(&part->sum, 1));
      part->sum = add(part->sum);
      part->reducer.complete_sums(std::span(&part->sum, 1));
    }
    worker.wait_for_others();
    return part->sum;
  }
  float* at(size_t offset) const { return workspace.floats.data() + offset; }
  float* at(const Buffer& buffer, size_t row, size_t col = 0) const {
    return at(buffer.at(row, col));
  }
  /// A panel's parameters, starting at row `row`.
  float* weight(const Panel& panel, size_t row = 0) const {
    return state.parameters.data() + panel.offset + row * panel.width;
  }
  bool is_scaled(size_t l) const { return l == 0 && plan.scale.inputs > 0; }
  /// Likewise of what layer `l`'s products take: its weight, or V of InputScalePlan instead.
  const float* multiplier(size_t l, const Panel& panel, size_t row = 0) const {
    if (!is_scaled(l)) return weight(panel, row);
    return at(plan.scale.weight) + panel.offset + row * panel.width;
  }
  float* scratch(const Worker& worker) const {
    return workspace.scratch.data() + worker.index * plan.scratch_floats;
  }
  /// The panel with the columns of a tile of the weight, or of a product with the weight.
  Panel panel_of(size_t l, const Tile& tile) const {
    return plan.layers[l].parameters.panel_at(tile.col);
  }
  /// Whether the batch's rows are in the lanes, and every matrix is (cols, narrow_rows).
  bool is_transposed() const { return plan.path == StepPath::kNarrow; }
  bool drops_out(size_t l, const Rows& rows) const {
    return rows.dropout > 0 && plan.layers[l].dropout > 0;
  }
  /// A_{l-1}, (rows, in), with a constant 1 after its last column.
  const Buffer& input_of(size_t l, const Rows& rows) const {
    if (l == 0) return plan.inputs;
    return drops_out(l - 1, rows) ? plan.layers[l - 1].dropped : plan.layers[l - 1].a;
  }
  /// This worker's rows of a batch, [first, end): whole blocks if products are over tiles, whose
  /// images hold blocks.
  size_t first_row(const Worker& worker, size_t rows) const {
    if (plan.tiles == nullptr) return worker.first_of(rows);
    return std::min(rows, kBlock * worker.first_of(blocks_of(rows)));
  }
  size_t end_row(const Worker& worker, size_t rows) const {
    if (plan.tiles == nullptr) return worker.end_of(rows);
    return std::min(rows, kBlock * worker.end_of(blocks_of(rows)));
  }
  /// Waits, if the phase must, for the other workers to end the phases before it.
  void begin(const Phase& phase, const Worker& worker) const {
    if (phase.waits) worker.wait_for_others();
  }
};

/// Tiles [first, end) of a grid whose rows begin at row `row` of the batch.
struct Share {
  TileGrid grid;
  size_t first, end;
  size_t row;
  Tile tile(size_t i) const {
    Tile tile = grid.at(i);
    tile.row += row;
    return tile;
  }
  /// Its panels, [first_panel(), end_panel()), and the tiles of one that are in it, as one tile.
  size_t first_panel() const { return first / grid.down(); }
  size_t end_panel() const { return first < end ? (end - 1) / grid.down() + 1 : first_panel(); }
  Tile panel(size_t p) const {
    Tile whole = tile(std::max(first, p * grid.down()));
    const Tile last = tile(std::min(end, (p + 1) * grid.down()) - 1);
    whole.rows = last.row + last.rows - whole.row;
    return whole;
  }
  /// Where its last panel begins; 0 if it is empty.
  size_t last_col() const { return first < end ? grid.at(end - 1).col : 0; }
};

/// The element of `array` at `offset`; null for an empty array.
inline float* part_of(AlignedArray<float>& array, size_t offset) {
  return array.size() == 0 ? nullptr : array.data() + offset;
}

/// This worker's tiles of a product with one row for each row of the batch: all tiles of its own
/// rows, or its share of all tiles.
inline Share share_of(const Worker& worker, const TileGrid& grid, size_t rows, Division division) {
  if (division == Division::kTiles) {
    const TileGrid all = grid.with_rows(rows);
    return {all, worker.first_of(all.count()), worker.end_of(all.count()), 0};
  }
  const size_t first = worker.first_of(rows);  // never over tiles, whose plans divide by tiles
  const TileGrid own = grid.with_rows(worker.end_of(rows) - first);
  return {own, 0, own.count(), first};
}

/// A tile of a weight, with its number among the tiles of all weights and its place among the
/// parameters.
struct WeightTile {
  size_t layer;
  Tile tile;
  size_t number;
  Panel panel;
  size_t corner;
};

/// Calls use(weight tile) for this worker's tiles of all weights. Returns the number of all
/// workers' tiles.
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

/// The sum of sum_of(weight tile) over all tiles of all weights, in the plan's order; the same in
/// every worker. Waits for the others within.
template <typename SumOf>
double sum_over_tiles(const StepContext& step, const Worker& worker, const SumOf& sum_of) {
  const size_t tiles = for_each_own_tile(step, worker, [&](const WeightTile& weight) {
    step.workspace.tile_sums[weight.number] = sum_of(weight);
  });
  worker.wait_for_others();
  double sum = 0;
  for (size_t i = 0; i < tiles; ++i) sum += step.workspace.tile_sums[i];
  return sum;
}

}  // namespace chainrule
