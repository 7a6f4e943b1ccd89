#include "trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include "batches.h"
#include "error.h"

namespace chainrule {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void require_rows_within(const std::vector<uint32_t>& rows, const Dataset& dataset) {
  for (const uint32_t row : rows) {
    if (row >= dataset.rows()) {
      throw Error(ErrorCode::kShape, "row " + std::to_string(row) + " of a dataset of " +
                                         std::to_string(dataset.rows()) + " rows");
    }
  }
}

}  // namespace

Trainer::Trainer(Network& network, FitSpec spec) : network_(network), spec_(std::move(spec)) {
  const NetworkSpec& shape = network_.spec();
  spec_.training->require_fits(shape.input_size, shape.output_size());
  require_rows_within(spec_.training_rows, *spec_.training);
  order_.resize(spec_.training_rows.empty() ? spec_.training->rows() : spec_.training_rows.size());
  if (order_.empty()) throw Error(ErrorCode::kShape, "there are no rows to train on");
  spec_.batch_size = std::clamp<size_t>(spec_.batch_size, 1, order_.size());
  if (spec_.validation != nullptr) {
    spec_.validation->require_fits(shape.input_size, shape.output_size());
    require_rows_within(spec_.validation_rows, *spec_.validation);
    if (spec_.validation_rows.empty()) {
      spec_.validation_rows.resize(spec_.validation->rows());
      std::iota(spec_.validation_rows.begin(), spec_.validation_rows.end(), 0u);
    }
  }
  if (network_.fitting_.exchange(true)) {
    throw Error(ErrorCode::kBusy, "the network is being trained by a fit that has not ended");
  }
}

Trainer::~Trainer() { network_.fitting_ = false; }

FitOutcome Trainer::run(const std::atomic<bool>& stop,
                        const std::function<void(const EpochOutcome&)>& on_epoch) {
  std::lock_guard lock(network_.mutex_);
  network_.training_workspace(spec_.batch_size);
  FitOutcome end;
  for (uint32_t epoch = 1; epoch <= spec_.epochs; ++epoch) {
    EpochOutcome outcome;
    outcome.epoch = epoch;
    outcome.samples = order_.size();
    epoch_order(spec_.sampling, spec_.seed, epoch, spec_.training_rows, order_);
    const auto start = std::chrono::steady_clock::now();
    if (!run_epoch(stop, outcome, end)) return end;
    outcome.seconds = seconds_since(start);
    if (spec_.validation != nullptr) {
      outcome.validated = true;
      outcome.validation =
          network_.evaluate_locked(spec_.validation->samples(), spec_.validation_rows, nullptr);
    }
    on_epoch(outcome);
    let_others_in();
  }
  return end;
}

bool Trainer::run_epoch(const std::atomic<bool>& stop, EpochOutcome& outcome, FitOutcome& end) {
  Workspace& workspace = network_.training_workspace(spec_.batch_size);
  Step step(network_.spec_, network_.kernels_, network_.state_, workspace);
  const Samples samples = spec_.training->samples();
  const double learning_rate = network_.spec_.optimizer.learning_rate;
  double loss = 0;
  double weight = 0;
  // Decided by one worker for all; read after the wait that follows.
  bool stopping = false;
  // One parallel region for the whole epoch: its threads meet at barriers and are not called together
  // again for every step.
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    for (size_t first = 0; first < order_.size(); first += spec_.batch_size) {
      if (worker.index == 0) {
        let_others_in();
        stopping = stop.load(std::memory_order_relaxed);
      }
      worker.wait_for_others();
      if (stopping) return;
      const size_t rows = std::min(spec_.batch_size, order_.size() - first);
      const StepLoss result = step.train(worker, {samples, order_.data() + first, rows}, learning_rate);
      const bool finite = std::isfinite(result.loss);
      if (worker.index == 0) {
        loss += result.weight * result.loss;
        weight += result.weight;
        if (!finite) {
          end = {FitEnd::kDiverged, outcome.epoch, first / spec_.batch_size + 1};
        }
      }
      if (!finite) return;
    }
  });
  if (stopping) end.stopped_by = FitEnd::kAborted;
  outcome.loss = weight > 0 ? loss / weight : 0;
  return end.stopped_by == FitEnd::kEpochs;
}

/// Between two steps: whoever waits to look at the network gets its lock first.
void Trainer::let_others_in() {
  while (network_.waiting_.load(std::memory_order_relaxed) > 0) {
    network_.mutex_.unlock();
    // A waiting thread takes the lock and counts itself out; until then it may still be waking up.
    while (network_.waiting_.load(std::memory_order_relaxed) > 0) std::this_thread::yield();
    network_.mutex_.lock();
  }
}

}  // namespace chainrule
