#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "model/spec.h"

namespace chainrule {

struct EpochOutcome;

/// After `patience` epochs without an improvement all later learning rates are multiplied by
/// `factor`, though not below `min_learning_rate`; then `cooldown` epochs pass.
struct PlateauSpec {
  Monitor monitor = Monitor::kValidationLoss;
  double factor = 0.1;
  uint32_t patience = 10;
  double min_delta = 0;
  uint32_t cooldown = 0;
  double min_learning_rate = 0;
  uint32_t first_epoch = 1;  // the first that is observed
};

/// Ends a fit after `patience` epochs, at least one, without an improvement.
struct EarlyStoppingSpec {
  Monitor monitor = Monitor::kValidationLoss;
  uint32_t patience = 10;
  double min_delta = 0;
  bool restore_best = false;
};

/// The best value of a monitor so far. Losses improve downwards, accuracies upwards; NaN never
/// does.
class Best {
 public:
  Best(Monitor monitor, double min_delta) : monitor_(monitor), min_delta_(min_delta) {}
  /// Whether this epoch is better than the best before by more than min_delta; it is the best then.
  bool improved_by(const EpochOutcome& outcome);

 private:
  Monitor monitor_;
  double min_delta_;
  double best_ = std::numeric_limits<double>::infinity();  // of the loss, or of minus the accuracy
};

/// Keras's ReduceLROnPlateau.
class Plateau {
 public:
  explicit Plateau(const PlateauSpec& spec) : spec_(spec), best_(spec.monitor, spec.min_delta) {}
  /// The rate to use where the schedule says `base`.
  double reduced(double base) const;
  void observe(const EpochOutcome& outcome);

 private:
  PlateauSpec spec_;
  Best best_;
  double scale_ = 1;
  uint32_t waited_ = 0;
  uint32_t cooling_ = 0;
};

class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingSpec& spec)
      : spec_(spec), best_(spec.monitor, spec.min_delta) {}
  /// Returns whether the epoch is the best so far.
  bool observe(const EpochOutcome& outcome);
  bool is_over() const { return waited_ >= std::max(1u, spec_.patience); }
  uint32_t best_epoch() const { return best_epoch_; }

 private:
  EarlyStoppingSpec spec_;
  Best best_;
  uint32_t waited_ = 0;
  uint32_t best_epoch_ = 0;
};

}  // namespace chainrule
