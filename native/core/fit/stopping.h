#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "model/spec.h"

namespace chainrule {

struct EpochOutcome;

/// After `patience` epochs without an improvement, multiplies all later learning rates by `factor`,
/// but never goes below `min_learning_rate`; then ignores `cooldown` epochs.
struct PlateauSpec {
  Monitor monitor = Monitor::kValidationLoss;
  double factor = 0.1;
  uint32_t patience = 10;
  double min_delta = 0;
  uint32_t cooldown = 0;
  double min_learning_rate = 0;
  uint32_t first_epoch = 1;  // the first epoch to observe
};

/// Ends a fit after `patience` epochs (at least one) without an improvement.
struct EarlyStoppingSpec {
  Monitor monitor = Monitor::kValidationLoss;
  uint32_t patience = 10;
  double min_delta = 0;
  bool restore_best = false;
  bool last_of_ties = false;  // an equal value counts as best
};

/// What Plateau and EarlyStopping remember between epochs, as plain values, so that a fit can be
/// continued.
struct PlateauMemory {
  double best = std::numeric_limits<double>::infinity();  // lowest loss, or minus the best accuracy
  double scale = 1;
  uint32_t waited = 0;
  uint32_t cooling = 0;
};
struct EarlyStoppingMemory {
  double best = std::numeric_limits<double>::infinity();
  uint32_t waited = 0;
  uint32_t best_epoch = 0;
};

/// Keras's ReduceLROnPlateau.
class Plateau {
 public:
  Plateau(const PlateauSpec& spec, const PlateauMemory& memory) : spec_(spec), memory_(memory) {}
  /// The rate to use when the schedule says `base`.
  double reduced(double base) const;
  void observe(const EpochOutcome& outcome);
  const PlateauMemory& memory() const { return memory_; }

 private:
  PlateauSpec spec_;
  PlateauMemory memory_;
};

class EarlyStopping {
 public:
  EarlyStopping(const EarlyStoppingSpec& spec, const EarlyStoppingMemory& memory)
      : spec_(spec), memory_(memory) {}
  /// Returns whether the epoch is the best so far.
  bool observe(const EpochOutcome& outcome);
  bool is_over() const { return memory_.waited >= std::max(1u, spec_.patience); }
  uint32_t best_epoch() const { return memory_.best_epoch; }
  const EarlyStoppingMemory& memory() const { return memory_; }

 private:
  EarlyStoppingSpec spec_;
  EarlyStoppingMemory memory_;
};

}  // namespace chainrule
