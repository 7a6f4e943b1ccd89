#include "fit/trainer.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "data/epoch_order.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"
#include "step/gather.h"

namespace chainrule {
namespace {

// Rows for the layer statistics after an epoch.
constexpr size_t kStatisticsRows = 1024;
// Rows of a validation between two checks for visitors and for an order to stop.
constexpr size_t kValidationRows = 4096;
// Rollbacks of a fit: after these, the learning rate is a thousandth of what it was.
constexpr uint32_t kMostRollbacks = 10;
// Rollbacks that make 0 of every learning rate; a state from outside may have more.
constexpr uint32_t kEndlessRollbacks = 4096;

/// Throws Error(kShape) if a best network, if there is one, is of another shape.
void require_fits(const State& best, const Network& network) {
  if (best.parameters.size() == 0) return;
  const size_t floats = network.layout().floats;
  bool fits = best.parameters.size() == floats;
  for (size_t i = 0; i < kMostMoments; ++i) {
    fits = fits && best.moments[i].size() == (i < network.moments() ? floats : 0);
  }
  if (!fits) throw Error(ErrorCode::kShape, "the state's best network is of another shape");
}

}  // namespace

Trainer::Trainer(Network& network, FitSpec spec, FitState state)
    : network_(network),
      spec_(std::move(spec)),
      state_(std::move(state)),
      reservation_(network.access()) {
  complete(spec_, network_.spec());
  require_fits(state_.best, network_);
  order_.resize(spec_.order_rows);
  if (spec_.plateau) plateau_.emplace(*spec_.plateau, state_.plateau);
  if (spec_.early_stopping) early_stopping_.emplace(*spec_.early_stopping, state_.early_stopping);
}

FitOutcome Trainer::run(const std::atomic<bool>& stop, const OnEpoch& on_epoch) {
  struct LetGo {
    std::optional<Access::Hold>& hold;
    ~LetGo() { hold.reset(); }
  };
  hold_.emplace(network_.access());
  const LetGo let_go{hold_};
  FitOutcome end;
  try {
    end = run_epochs(stop, on_epoch);
  } catch (...) {
    restore_best();
    throw;
  }
  if (early_stopping_) end.best_epoch = early_stopping_->best_epoch();
  if (end.stopped_by != FitEnd::kPaused) restore_best();
  return end;
}

/// Puts the network of the best epoch back, if that was requested and any epoch has ended.
void Trainer::restore_best() {
  if (state_.best.parameters.size() == 0) return;
  perceptron().state() = std::exchange(state_.best, {});
}

Workspace& Trainer::training_workspace() {
  return perceptron().training_workspace(
      spec_.batch_size,
      {.targets = copies_targets(network_.spec(), spec_.training->samples(), true),
       .gradient_sum = spec_.gradient_tolerance > 0});
}

void Trainer::choose_threads() {
  const Workspace& workspace = training_workspace();
  const size_t threads = workspace.plan.fit_threads;
  const size_t steps = spec_.steps_per_epoch();
  const bool two_passes = workspace.plan.path == StepPath::kTwoPasses;
  thread_choice_.emplace(ThreadMemory::shared(),
                         step_shape(network_.spec(), spec_.batch_size, threads, two_passes, steps),
                         threads, steps);
}

FitOutcome Trainer::run_epochs(const std::atomic<bool>& stop, const OnEpoch& on_epoch) {
  FitOutcome end;
  const Interruption interruption(stop, spec_.max_milliseconds);
  if (interruption.is_stopped()) {
    // It was stopped in the queue. Many may be, so this prepares nothing.
    end.stopped_by = FitEnd::kAborted;
    return end;
  }
  if (spec_.statistics) copy_to(parameters_before_, perceptron().state().parameters);
  if (spec_.on_non_finite == OnNonFinite::kRollback) copy_to(last_epoch_, perceptron().state());
  choose_threads();
  uint32_t rollbacks = 0;  // of the epoch that is running
  while (state_.epochs_done < spec_.epochs && end.stopped_by == FitEnd::kEpochs) {
    const uint32_t number = state_.epochs_done + 1;
    Epoch epoch(spec_, interruption, end);
    epoch.outcome.epoch = number;
    epoch.outcome.learning_rate = learning_rate_of(number);
    order_rows(number);
    epoch.outcome.rollbacks = rollbacks;
    train(epoch);
    if (epoch.rolls_back()) {
      roll_back(epoch);
      ++rollbacks;
      continue;
    }
    if (end.stopped_by != FitEnd::kEpochs || !measure(epoch, end)) break;
    rollbacks = 0;
    conclude(epoch, end);
    hold_->let_go_for([&] { on_epoch(epoch.outcome); });
    hold_->let_visitors_in();
    if (end.stopped_by == FitEnd::kEpochs && is_to_pause() && !interruption.is_stopped()) {
      end.stopped_by = FitEnd::kPaused;
    }
  }
  thread_choice_->end();
  return end;
}

/// Asked between two epochs.
bool Trainer::is_to_pause() const {
  if (state_.epochs_done == spec_.epochs) return false;
  return pause_asked_ || state_.epochs_done == spec_.pause_after;
}

double Trainer::learning_rate_of(uint32_t epoch) const {
  const double base = spec_.learning_rates.empty() ? network_.spec().optimizer.learning_rate
                                                   : spec_.learning_rates[epoch - 1];
  const double reduced = plateau_ ? plateau_->reduced(base) : base;
  return std::ldexp(reduced, -static_cast<int>(std::min(state_.rollbacks, kEndlessRollbacks)));
}

void Trainer::order_rows(uint32_t epoch) {
  if (spec_.order.empty()) {
    epoch_order(perceptron().kernels(), spec_.sampling, spec_.seed, epoch, spec_.training_rows,
                order_);
  } else {
    const bool every_epoch = spec_.order.size() > order_.size();
    const size_t first = every_epoch ? (epoch - 1) * order_.size() : 0;
    std::copy_n(spec_.order.data() + first, order_.size(), order_.data());
  }
}

// ---- The steps of an epoch -------------------------------------------------------------------

/// One parallel region for the whole epoch: its threads meet at barriers instead of being woken for
/// every step. It ends early if the fit ends or the number of threads changes.
void Trainer::train(Epoch& epoch) {
  Workspace& workspace = training_workspace();
  AlignedArray<float>& sum = workspace.gradient_sum;
  std::fill_n(sum.data(), sum.size(), 0.0f);
  const auto start = std::chrono::steady_clock::now();
  while (epoch.goes_on()) {
    size_t threads = 0;
    leaving_ = false;
    thread_choice_->open();
    ThreadPool::shared().run(thread_choice_->threads(), [&](const Worker& worker) {
      if (worker.index == 0) threads = worker.count;
      run_steps(epoch, workspace, worker);
    });
    thread_choice_->close(threads);
  }
  const auto time = std::chrono::steady_clock::now() - start;
  std::optional<double> norm;
  if (sum.size() > 0) {
    norm = std::sqrt(perceptron().kernels().sum_of_squares(1, sum.size(), sum.size(), sum.data()));
  }
  epoch.end_steps(time, norm);
}

void Trainer::run_steps(Epoch& epoch, Workspace& workspace, const Worker& worker) {
  Step step = perceptron().step_in(workspace);
  const Samples samples = spec_.training->samples();
  const size_t last = (spec_.steps_per_epoch() - 1) * spec_.batch_size;
  for (size_t first = epoch.next(); first < spec_.epoch_rows; first += spec_.batch_size) {
    if (worker.index == 0) {
      // The others may begin the step meanwhile: no weight changes before all workers have its
      // loss.
      if (hold_->let_visitors_in()) thread_choice_->step_delayed();
      if (spec_.statistics && first == last) {
        copy_to(parameters_before_, perceptron().state().parameters);
      }
    }
    const size_t rows = std::min(spec_.batch_size, spec_.epoch_rows - first);
    const StepLoss result =
        step.train(worker, {samples, order_.data() + first, rows, spec_.epoch_rows - first - rows},
                   rates_of(spec_, epoch.outcome.epoch, first / spec_.batch_size,
                            epoch.outcome.learning_rate));
    if (worker.index == 0) leaving_ = is_to_leave(epoch, rows, result);
    worker.wait_for_others();
    if (leaving_) return;
  }
}

/// After a step: whether the workers leave the region.
bool Trainer::is_to_leave(Epoch& epoch, size_t rows, const StepLoss& result) {
  if (!epoch.add(rows, result)) return true;
  return thread_choice_->step_done() || !epoch.goes_on();
}

/// Puts the network of the last whole epoch back; the last time, the fit ends with it.
void Trainer::roll_back(Epoch& epoch) {
  copy_to(perceptron().state(), last_epoch_);
  if (state_.rollbacks >= kMostRollbacks) {
    epoch.diverge();
  } else {
    ++state_.rollbacks;
  }
}

// ---- Between two epochs ----------------------------------------------------------------------

/// Measures everything about the epoch except its loss. Returns false if told to stop.
bool Trainer::measure(Epoch& epoch, FitOutcome& end) {
  if (spec_.validation != nullptr && !validate(epoch)) {
    end.stopped_by = FitEnd::kAborted;
    return false;
  }
  if (spec_.statistics) {
    const size_t rows = std::min({kStatisticsRows, order_.size(), most_rows(network_.spec())});
    epoch.outcome.layers = perceptron().statistics(spec_.training->samples(), {order_.data(), rows},
                                                   parameters_before_);
  }
  return true;
}

bool Trainer::validate(Epoch& epoch) {
  epoch.outcome.validated = true;
  Evaluation& total = epoch.outcome.validation;
  const std::span<const uint32_t> rows = spec_.validation_rows;
  for (size_t first = 0; first < rows.size(); first += kValidationRows) {
    if (epoch.is_stopped()) return false;
    const Evaluation part = perceptron().evaluate(
        spec_.validation->samples(),
        rows.subspan(first, std::min(kValidationRows, rows.size() - first)), nullptr);
    total.add(part.loss, part.weight);
    total.right += part.right;
    total.decided += part.decided;
    hold_->let_visitors_in();
  }
  total.end_sum();
  return true;
}

/// After a whole epoch: updates the state to continue from, and decides whether the fit has reached
/// its end.
void Trainer::conclude(const Epoch& epoch, FitOutcome& end) {
  const EpochOutcome& outcome = epoch.outcome;
  if (plateau_) {
    plateau_->observe(outcome);
    state_.plateau = plateau_->memory();
  }
  if (early_stopping_) {
    const bool best = early_stopping_->observe(outcome);
    if (best && spec_.early_stopping->restore_best) copy_to(state_.best, perceptron().state());
    state_.early_stopping = early_stopping_->memory();
  }
  if (has_converged(outcome)) {
    end.stopped_by = FitEnd::kConverged;
  } else if (early_stopping_ && early_stopping_->is_over()) {
    end.stopped_by = FitEnd::kEarlyStopping;
  }
  if (spec_.on_non_finite == OnNonFinite::kRollback) copy_to(last_epoch_, perceptron().state());
  end.loss_weight = epoch.weight();
  state_.last_loss = outcome.loss;
  state_.epochs_done = outcome.epoch;
}

bool Trainer::has_converged(const EpochOutcome& outcome) const {
  if (std::fabs(outcome.loss - state_.last_loss) < spec_.function_tolerance) return true;
  return outcome.gradient_norm && *outcome.gradient_norm < spec_.gradient_tolerance;
}

}  // namespace chainrule
