#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "data/dataset.h"
#include "fit/stopping.h"
#include "model/spec.h"
#include "step/optimizer.h"

namespace chainrule {

/// Factors of each step of the fit, on top of everything else; empty: all 1.
struct StepSchedule {
  std::vector<double> learning_rates;
  std::vector<double> dropouts;
  std::vector<double> weight_decays;
};

/// What to do about a step that is not taken because of a fault.
enum class OnNonFinite {
  kError,    // ends the fit as diverged
  kSkip,     // goes on with the next step; ends the fit if that leaves none of an epoch
  kSkipAll,  // likewise, but never ends it: for a fit that is a part of one
  kRollback  // goes back to the end of the last epoch and on with half the learning rate
};

/// What a fit should do.
struct FitSpec {
  uint32_t epochs = 1;
  uint32_t pause_after = 0;  // pauses after this epoch; Trainer::take_state() continues it
  size_t batch_size = 32;
  Sampling sampling = Sampling::kShuffle;
  uint32_t seed = 0;
  std::shared_ptr<const Dataset> training;
  std::vector<uint32_t> training_rows;  // empty: all
  std::vector<uint32_t> order;          // one epoch's rows or all epochs'; empty: by `sampling`
  size_t order_rows = 0;                // rows per epoch if `order` is given
  std::shared_ptr<const Dataset> validation;  // null: none
  std::vector<uint32_t> validation_rows;      // empty: all
  std::vector<double> learning_rates;         // of each epoch; empty: the optimizer's
  StepSchedule schedule;
  bool drop_last = false;  // leave out the rows of an epoch's order that do not fill a batch
  size_t epoch_rows = 0;   // that the steps of an epoch train on; filled in by complete()
  std::optional<PlateauSpec> plateau;
  std::optional<EarlyStoppingSpec> early_stopping;
  double function_tolerance = 0;
  double gradient_tolerance = 0;
  double max_milliseconds = std::numeric_limits<double>::infinity();
  bool statistics = false;
  OnNonFinite on_non_finite = OnNonFinite::kError;

  size_t steps_per_epoch() const { return (epoch_rows - 1) / batch_size + 1; }
};

/// Of step `step`, counted from 0, of epoch `epoch`, counted from 1, whose learning rate is this.
StepRates rates_of(const FitSpec& spec, uint32_t epoch, size_t step, double learning_rate);

/// Checks the rows that the fit trains and validates on, and fills in defaults. Throws
/// Error(kShape, kOption).
void complete(FitSpec& spec, const NetworkSpec& network);

}  // namespace chainrule
