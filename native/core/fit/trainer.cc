#include "fit/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>

#include "data/epoch_order.h"
#include "runtime/error.h"

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

// Rows on which the layers are looked at after an epoch.
constexpr size_t kStatisticsRows = 1024;
// Rows of a validation between two looks at the door and at the order to stop.
constexpr size_t kValidationRows = 4096;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void require_rows_within(const std::vector<uint32_t>& rows, const Dataset& dataset) {
  for (const uint32_t row : rows) {
    if (row >= dataset.rows()) {
      throw Error(ErrorCode::kShape, "row " + std::to_string(row) + " of a dataset of " +
                                         std::to_string(dataset.rows()) + " rows");
    }
  }
}

bool watches_validation(Monitor monitor) { return monitor != Monitor::kLoss; }

/// `to` gets memory the first time only: a network may improve in every epoch.
void copy_to(AlignedArray<float>& to, const AlignedArray<float>& from) {
  if (to.size() != from.size()) to = AlignedArray<float>(from.size());
  std::copy_n(from.data(), from.size(), to.data());
}

void copy_to(State& to, const State& from) {
  copy_to(to.parameters, from.parameters);
  copy_to(to.first_moment, from.first_moment);
  copy_to(to.second_moment, from.second_moment);
  to.step = from.step;
}

}  // namespace

Trainer::Trainer(Network& network, FitSpec spec) : network_(network), spec_(std::move(spec)) {
  spec_.training->require_fits(network_.spec());
  require_rows_within(spec_.training_rows, *spec_.training);
  require_rows_within(spec_.order, *spec_.training);
  if (!spec_.order.empty()) {
    const size_t all = spec_.order_rows * spec_.epochs;
    if (spec_.order_rows == 0 ||
        (spec_.order.size() != spec_.order_rows && spec_.order.size() != all)) {
      throw Error(ErrorCode::kShape, "order has " + std::to_string(spec_.order.size()) +
                                         " rows, expected those of one epoch or of all");
    }
    order_.resize(spec_.order_rows);
  } else {
    order_.resize(spec_.training_rows.empty() ? spec_.training->rows()
                                              : spec_.training_rows.size());
  }
  if (order_.empty()) throw Error(ErrorCode::kShape, "there are no rows to train on");
  spec_.batch_size = std::clamp<size_t>(spec_.batch_size, 1, order_.size());
  if (!spec_.learning_rates.empty() && spec_.learning_rates.size() != spec_.epochs) {
    throw Error(ErrorCode::kShape, "there must be a learning rate for each epoch");
  }
  if (spec_.validation != nullptr) {
    spec_.validation->require_fits(network_.spec());
    require_rows_within(spec_.validation_rows, *spec_.validation);
    if (spec_.validation_rows.empty()) {
      spec_.validation_rows.resize(spec_.validation->rows());
      std::iota(spec_.validation_rows.begin(), spec_.validation_rows.end(), 0u);
    }
  } else if ((spec_.plateau && watches_validation(spec_.plateau->monitor)) ||
             (spec_.early_stopping && watches_validation(spec_.early_stopping->monitor))) {
    throw Error(ErrorCode::kOption, "there is no validation to monitor");
  }
  if (spec_.plateau) plateau_.emplace(*spec_.plateau);
  if (spec_.early_stopping) early_stopping_.emplace(*spec_.early_stopping);
  if (network_.fitting_.exchange(true)) {
    throw Error(ErrorCode::kBusy, "the network is being trained by a fit that has not ended");
  }
}

Trainer::~Trainer() { network_.fitting_ = false; }

FitOutcome Trainer::run(const std::atomic<bool>& stop,
                        const std::function<void(const EpochOutcome&)>& on_epoch) {
  std::lock_guard lock(network_.mutex_);
  if (spec_.statistics) copy_to(parameters_before_, network_.state_.parameters);
  const Workspace& workspace = network_.training_workspace(
      spec_.batch_size,
      {.targets = Step::copies_targets(network_.spec_, spec_.training->samples(), true),
       .gradient_sum = spec_.gradient_tolerance > 0});
  const size_t threads = workspace.plan.fit_threads;
  const size_t steps = (order_.size() - 1) / spec_.batch_size + 1;
  thread_choice_.emplace(
      ThreadMemory::shared(),
      step_shape(network_.spec_, spec_.batch_size, threads, workspace.gradients.size() > 0, steps),
      threads, steps);
  FitOutcome end = run_epochs(stop, on_epoch);
  thread_choice_->end();
  if (early_stopping_) end.best_epoch = early_stopping_->best_epoch();
  if (best_.parameters.size() > 0) network_.state_ = std::move(best_);
  return end;
}

FitOutcome Trainer::run_epochs(const std::atomic<bool>& stop,
                               const std::function<void(const EpochOutcome&)>& on_epoch) {
  FitOutcome end;
  start_ = Clock::now();
  for (uint32_t done = 0; done < spec_.epochs; ++done) {
    const uint32_t epoch = done + 1;
    EpochOutcome outcome;
    outcome.epoch = epoch;
    outcome.samples = order_.size();
    const double base = spec_.learning_rates.empty() ? network_.spec_.optimizer.learning_rate
                                                     : spec_.learning_rates[epoch - 1];
    outcome.learning_rate = plateau_ ? plateau_->reduced(base) : base;
    order_rows(epoch);
    if (!run_epoch(stop, outcome, end)) return end;
    if (!network_.parameters_are_finite()) {
      // The last step's loss was finite, what it made of the weights is not.
      end.stopped_by = FitEnd::kDiverged;
      end.diverged_epoch = epoch;
      end.diverged_step = (order_.size() - 1) / spec_.batch_size + 1;
      return end;
    }
    if (!measure(stop, outcome)) {
      end.stopped_by = FitEnd::kAborted;
      return end;
    }
    // Without the lock: whoever is told may look at the network before it takes the news.
    network_.mutex_.unlock();
    on_epoch(outcome);
    network_.mutex_.lock();

    if (plateau_ && epoch >= spec_.plateau->first_epoch) plateau_->observe(outcome);
    if (early_stopping_ && early_stopping_->observe(outcome) &&
        spec_.early_stopping->restore_best) {
      copy_to(best_, network_.state_);
    }
    if (has_converged(outcome)) {
      end.stopped_by = FitEnd::kConverged;
      return end;
    }
    if (early_stopping_ && early_stopping_->is_over()) {
      end.stopped_by = FitEnd::kEarlyStopping;
      return end;
    }
    last_loss_ = outcome.loss;
    let_others_in();
  }
  return end;
}

void Trainer::order_rows(uint32_t epoch) {
  if (spec_.order.empty()) {
    epoch_order(network_.kernels_, spec_.sampling, spec_.seed, epoch, spec_.training_rows, order_);
  } else {
    const bool every_epoch = spec_.order.size() > order_.size();
    const size_t first = every_epoch ? (epoch - 1) * order_.size() : 0;
    std::copy_n(spec_.order.data() + first, order_.size(), order_.data());
  }
}

bool Trainer::run_epoch(const std::atomic<bool>& stop, EpochOutcome& outcome, FitOutcome& end) {
  Workspace& workspace = *network_.training_;
  std::fill_n(workspace.gradient_sum.data(), workspace.gradient_sum.size(), 0.0f);
  Step step(network_.spec_, network_.kernels_, network_.state_, workspace);
  const Samples samples = spec_.training->samples();
  const size_t last = (order_.size() - 1) / spec_.batch_size * spec_.batch_size;
  const auto start = Clock::now();
  double loss = 0;
  double weight = 0;
  size_t next = 0;       // place in the order where the next step's rows begin
  bool leaving = false;  // decided by one worker for all, before the wait after a step
  const auto must_end = [&] {
    if (stop.load(std::memory_order_relaxed)) {
      end.stopped_by = FitEnd::kAborted;
    } else if (out_of_time()) {
      end.stopped_by = FitEnd::kMaxTime;
    }
    return end.stopped_by != FitEnd::kEpochs;
  };
  const auto run_steps = [&](const Worker& worker) {
    for (size_t first = next; first < order_.size(); first += spec_.batch_size) {
      if (worker.index == 0) {
        // The others may begin the step meanwhile: no weight changes before all have its loss.
        if (let_others_in()) thread_choice_->step_delayed();
        if (spec_.statistics && first == last) {
          copy_to(parameters_before_, network_.state_.parameters);
        }
      }
      const size_t rows = std::min(spec_.batch_size, order_.size() - first);
      const StepLoss result =
          step.train(worker, {samples, order_.data() + first, rows, order_.size() - first - rows},
                     outcome.learning_rate);
      const bool finite = std::isfinite(result.loss);
      if (worker.index == 0) {
        loss += result.weight * result.loss;
        weight += result.weight;
        if (finite) {
          next = first + rows;
          leaving = thread_choice_->step_done() || (next < order_.size() && must_end());
        } else {
          end.stopped_by = FitEnd::kDiverged;
          end.diverged_epoch = outcome.epoch;
          end.diverged_step = first / spec_.batch_size + 1;
        }
      }
      if (!finite) return;
      worker.wait_for_others();
      if (leaving) return;
    }
  };
  // One parallel region for the whole epoch: its threads meet at barriers and are not called
  // together again for every step. It ends early when the fit does, and for another number of
  // threads.
  while (next < order_.size() && end.stopped_by == FitEnd::kEpochs && !must_end()) {
    size_t threads = 0;
    leaving = false;
    thread_choice_->open();
    ThreadPool::shared().run(thread_choice_->threads(), [&](const Worker& worker) {
      if (worker.index == 0) threads = worker.count;
      run_steps(worker);
    });
    thread_choice_->close(threads);
  }
  outcome.seconds = seconds_since(start);
  outcome.loss = weight > 0 ? loss / weight : 0;
  if (workspace.gradient_sum.size() > 0) {
    const AlignedArray<float>& sum = workspace.gradient_sum;
    const double squares = network_.kernels_.sum_of_squares(1, sum.size(), sum.size(), sum.data());
    outcome.gradient_norm = weight > 0 ? std::sqrt(squares) / weight : 0;
  }
  return end.stopped_by == FitEnd::kEpochs;
}

/// What there is to say of the epoch beside its loss. Returns false where it was told to stop.
bool Trainer::measure(const std::atomic<bool>& stop, EpochOutcome& outcome) {
  if (spec_.validation != nullptr) {
    outcome.validated = true;
    Evaluation& total = outcome.validation;
    const std::span<const uint32_t> rows = spec_.validation_rows;
    for (size_t first = 0; first < rows.size(); first += kValidationRows) {
      if (stop.load(std::memory_order_relaxed)) return false;
      const Evaluation part = network_.evaluate_locked(
          spec_.validation->samples(),
          rows.subspan(first, std::min(kValidationRows, rows.size() - first)), nullptr);
      total.loss += part.weight * part.loss;
      total.weight += part.weight;
      total.right += part.right;
      total.decided += part.decided;
      let_others_in();
    }
    if (total.weight > 0) total.loss /= total.weight;
  }
  if (spec_.statistics) {
    const size_t rows = std::min(kStatisticsRows, order_.size());
    outcome.layers = network_.statistics_locked(spec_.training->samples(), {order_.data(), rows},
                                                parameters_before_);
  }
  return true;
}

bool Trainer::has_converged(const EpochOutcome& outcome) const {
  if (std::fabs(outcome.loss - last_loss_) < spec_.function_tolerance) return true;
  return outcome.gradient_norm && *outcome.gradient_norm < spec_.gradient_tolerance;
}

bool Trainer::out_of_time() const {
  return std::isfinite(spec_.max_milliseconds) &&
         1e3 * seconds_since(start_) >= spec_.max_milliseconds;
}

/// Between two steps: whoever waits to look at the network gets its lock first. Who comes later
/// waits for the next step, or a fit would never go on. Returns whether there was anybody.
bool Trainer::let_others_in() {
  const uint32_t arrived = network_.arrived_.load();
  const auto waiting = [&] {
    return static_cast<int32_t>(arrived - network_.admitted_.load()) > 0;
  };
  if (!waiting()) return false;
  network_.mutex_.unlock();
  for (uint32_t admitted = network_.admitted_.load(); waiting();
       admitted = network_.admitted_.load()) {
    network_.admitted_.wait(admitted);
  }
  network_.mutex_.lock();
  return true;
}

}  // namespace chainrule
