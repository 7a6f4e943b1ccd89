#include "fit/stopping.h"

#include <algorithm>

#include "fit/outcome.h"

namespace chainrule {
namespace {

/// The monitored value, negated if more is better.
double badness(Monitor monitor, const EpochOutcome& outcome) {
  switch (monitor) {
    case Monitor::kLoss:
      return outcome.loss;
    case Monitor::kValidationLoss:
      return outcome.validation.loss;
    case Monitor::kValidationAccuracy:
      break;
  }
  return -outcome.validation.accuracy();
}

/// Whether this epoch beats the best so far by more than `min_delta`; if so, it becomes the best.
/// NaN never does.
bool improves(double& best, Monitor monitor, double min_delta, const EpochOutcome& outcome,
              bool last_of_ties = false) {
  const double value = badness(monitor, outcome);
  const bool ties = last_of_ties && value == best;
  if (!(value < best - min_delta) && !ties) return false;
  best = value;
  return true;
}

}  // namespace

double Plateau::reduced(double base) const {
  return std::min(base, std::max(base * memory_.scale, spec_.min_learning_rate));
}

void Plateau::observe(const EpochOutcome& outcome) {
  if (outcome.epoch < spec_.first_epoch) return;
  if (memory_.cooling > 0) {
    --memory_.cooling;
    memory_.waited = 0;
  }
  if (improves(memory_.best, spec_.monitor, spec_.min_delta, outcome)) {
    memory_.waited = 0;
  } else if (memory_.cooling == 0 && ++memory_.waited >= spec_.patience) {
    memory_.scale *= spec_.factor;
    memory_.cooling = spec_.cooldown;
    memory_.waited = 0;
  }
}

bool EarlyStopping::observe(const EpochOutcome& outcome) {
  if (!improves(memory_.best, spec_.monitor, spec_.min_delta, outcome, spec_.last_of_ties)) {
    ++memory_.waited;
    return false;
  }
  memory_.waited = 0;
  memory_.best_epoch = outcome.epoch;
  return true;
}

}  // namespace chainrule
