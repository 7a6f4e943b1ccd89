#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "fit/fit_spec.h"
#include "fit/outcome.h"
#include "step/fault.h"
#include "step/step.h"

namespace chainrule {

/// What ends a fit from outside. Time counts from the construction.
class Interruption {
 public:
  /// `stop` has to outlive this.
  Interruption(const std::atomic<bool>& stop, double max_milliseconds);

  bool is_stopped() const { return stop_.load(std::memory_order_relaxed); }
  /// Why the fit has to end at this step; kEpochs if it goes on.
  FitEnd why() const;

 private:
  const std::atomic<bool>& stop_;
  double max_milliseconds_;
  std::chrono::steady_clock::time_point start_;
};

/// The steps of an epoch: which comes next, what they have come to, and what cuts the epoch short.
/// While several workers take them, worker 0 alone calls what is not const.
class Epoch {
 public:
  /// `end` is the fit's, and gets the reason if the epoch is cut short. All references have to
  /// outlive this.
  Epoch(const FitSpec& spec, const Interruption& interruption, FitOutcome& end)
      : spec_(spec), interruption_(interruption), end_(end) {}

  /// Where the rows of the next step begin in the order.
  size_t next() const { return next_; }
  /// Whether to take another step now; if something ends the fit in between, notes that.
  bool goes_on() { return next_ < spec_.epoch_rows && !rolls_back_ && !must_end(); }
  /// Adds the step on `rows` rows from `next` on. Returns false if its fault cuts the epoch.
  bool add(size_t rows, const StepLoss& result);
  /// After the last step. `gradient_sum`: norm of the sum of the steps' gradients times their
  /// weights.
  void end_steps(std::chrono::steady_clock::duration time, std::optional<double> gradient_sum);

  /// Whether the epoch is to begin again from the network of the last one.
  bool rolls_back() const { return rolls_back_; }
  /// Ends the fit by the first fault.
  void diverge();
  bool is_stopped() const { return interruption_.is_stopped(); }
  /// Of the steps that were taken.
  double weight() const { return weight_; }

  EpochOutcome outcome;

 private:
  bool must_end();
  bool add_fault(const Fault& fault);
  double mean(double sum) const { return weight_ > 0 ? sum / weight_ : 0; }

  const FitSpec& spec_;
  const Interruption& interruption_;
  FitOutcome& end_;
  size_t next_ = 0;
  double loss_ = 0;        // sum of weight * loss over the steps that were taken
  double weight_ = 0;      // of these steps
  Fault fault_ = {};       // the first one
  size_t fault_step_ = 0;  // its step, from 1
  bool rolls_back_ = false;
};

}  // namespace chainrule
