#include "fit/stopping.h"

#include <algorithm>

#include "fit/trainer.h"

namespace chainrule {
namespace {

/// The monitored value, turned so that less is better.
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

}  // namespace

bool Best::improved_by(const EpochOutcome& outcome) {
  const double value = badness(monitor_, outcome);
  if (!(value < best_ - min_delta_)) return false;
  best_ = value;
  return true;
}

double Plateau::reduced(double base) const {
  return std::min(base, std::max(base * scale_, spec_.min_learning_rate));
}

void Plateau::observe(const EpochOutcome& outcome) {
  if (cooling_ > 0) {
    --cooling_;
    waited_ = 0;
  }
  if (best_.improved_by(outcome)) {
    waited_ = 0;
  } else if (cooling_ == 0 && ++waited_ >= spec_.patience) {
    scale_ *= spec_.factor;
    cooling_ = spec_.cooldown;
    waited_ = 0;
  }
}

bool EarlyStopping::observe(const EpochOutcome& outcome) {
  if (!best_.improved_by(outcome)) {
    ++waited_;
    return false;
  }
  waited_ = 0;
  best_epoch_ = outcome.epoch;
  return true;
}

}  // namespace chainrule
