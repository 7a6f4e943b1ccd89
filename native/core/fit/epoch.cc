#include "fit/epoch.h"

#include <cmath>

namespace chainrule {

using Clock = std::chrono::steady_clock;

Interruption::Interruption(const std::atomic<bool>& stop, double max_milliseconds)
    : stop_(stop), max_milliseconds_(max_milliseconds), start_(Clock::now()) {}

FitEnd Interruption::why() const {
  if (is_stopped()) return FitEnd::kAborted;
  if (!std::isfinite(max_milliseconds_)) return FitEnd::kEpochs;
  const std::chrono::duration<double, std::milli> past = Clock::now() - start_;
  return past.count() >= max_milliseconds_ ? FitEnd::kMaxTime : FitEnd::kEpochs;
}

bool Epoch::must_end() {
  if (end_.stopped_by == FitEnd::kEpochs) end_.stopped_by = interruption_.why();
  return end_.stopped_by != FitEnd::kEpochs;
}

bool Epoch::add(size_t rows, const StepLoss& result) {
  if (result.fault) {
    if (!add_fault(result.fault)) return false;
  } else {
    loss_ += result.weight * result.loss;
    weight_ += result.weight;
  }
  next_ += rows;
  return true;
}

/// Returns false if the fault cuts the epoch.
bool Epoch::add_fault(const Fault& fault) {
  if (!fault_) {
    fault_ = fault;
    fault_step_ = next_ / spec_.batch_size + 1;
  }
  switch (spec_.on_non_finite) {
    case OnNonFinite::kSkip:
    case OnNonFinite::kSkipAll:
      ++outcome.skipped_steps;
      return true;
    case OnNonFinite::kRollback:
      rolls_back_ = true;
      return false;
    case OnNonFinite::kError:
      break;
  }
  diverge();
  return false;
}

void Epoch::end_steps(Clock::duration time, std::optional<double> gradient_sum) {
  outcome.seconds = std::chrono::duration<double>(time).count();
  outcome.samples = spec_.epoch_rows;
  outcome.loss = mean(loss_);
  if (gradient_sum) outcome.gradient_norm = mean(*gradient_sum);
  // The next epoch would do no better: nothing has changed.
  if (spec_.on_non_finite == OnNonFinite::kSkip &&
      outcome.skipped_steps == spec_.steps_per_epoch()) {
    diverge();
  }
}

void Epoch::diverge() {
  end_.stopped_by = FitEnd::kDiverged;
  end_.diverged_epoch = outcome.epoch;
  end_.diverged_step = fault_step_;
  end_.fault = fault_;
}

}  // namespace chainrule
