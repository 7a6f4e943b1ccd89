#include "step/tiled_gather.h"

#include <algorithm>

#include "step/tiles.h"

namespace chainrule {
namespace {

// Blocks on their way from memory while one is read. Measured: 2, 4, 8 and 16.
constexpr size_t kBlocksAhead = 4;

/// A worker's blocks of a batch, row by row: all columns of its rows, or, if
/// Plan::gathers_columns(), its columns of all rows.
class OwnBlocks {
 public:
  OwnBlocks(const StepContext& step, const Worker& worker, const Batch& batch)
      : batch_(batch), in_(step.spec.input_size) {
    const size_t down = blocks_of(batch.rows);
    const size_t across = blocks_of(in_);
    if (step.plan.gathers_columns()) {
      rows_ = {0, down};
      cols_ = {worker.first_of(across), worker.end_of(across)};
    } else {
      rows_ = {worker.first_of(down), worker.end_of(down)};
      cols_ = {0, across};
    }
  }

  size_t count() const { return (rows_.end - rows_.first) * across(); }
  size_t row(size_t i) const { return rows_.first + i / across(); }
  size_t col(size_t i) const { return cols_.first + i % across(); }
  FloatBlock block(size_t i) const {
    const size_t first_row = row(i) * kBlock;
    const size_t first_col = col(i) * kBlock;
    const bool ordered = batch_.order != nullptr;
    return {.rows = std::min(kBlock, batch_.rows - first_row),
            .cols = std::min(kBlock, in_ - first_col),
            .from = batch_.samples.inputs + first_col + (ordered ? 0 : first_row * in_),
            .stride = in_,
            .order = ordered ? batch_.order + first_row : nullptr};
  }

 private:
  struct Range {
    size_t first, end;
  };
  size_t across() const { return cols_.end - cols_.first; }

  const Batch& batch_;
  const size_t in_;
  Range rows_, cols_;  // in blocks
};

/// Random rows are cache misses that the hardware cannot predict.
void fetch(const StepContext& step, const FloatBlock& block) {
  for (size_t r = 0; r < block.rows; ++r) step.plan.tiles->fetch(block.row(r), block.cols);
}

}  // namespace

void gather_images(const StepContext& step, const Worker& worker, const Batch& batch) {
  const OwnBlocks own(step, worker, batch);
  for (size_t i = 0; i < own.count(); ++i) {
    if (i + kBlocksAhead < own.count()) fetch(step, own.block(i + kBlocksAhead));
    write_input_images(step, 0, own.block(i), own.row(i), own.col(i));
  }
  if (batch.order == nullptr) return;
  // The first ones of the next batch.
  const Batch after = {.samples = batch.samples,
                       .order = batch.order + batch.rows,
                       .rows = std::min(batch.rows, batch.rows_after)};
  const OwnBlocks next(step, worker, after);
  for (size_t i = 0; i < std::min(next.count(), kBlocksAhead); ++i) fetch(step, next.block(i));
}

}  // namespace chainrule
