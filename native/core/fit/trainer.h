#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "network/network.h"
#include "model/spec.h"
#include "network/statistics.h"
#include "fit/stopping.h"
#include "fit/thread_choice.h"

namespace chainrule {

struct FitSpec {
  uint32_t epochs = 1;
  size_t batch_size = 32;
  Sampling sampling = Sampling::kShuffle;
  uint32_t seed = 0;
  std::shared_ptr<const Dataset> training;
  std::vector<uint32_t> training_rows;  // empty: all
  std::vector<uint32_t> order;  // empty: as `sampling` says; else one epoch's rows or all epochs'
  size_t order_rows = 0;        // of an epoch, where `order` is given
  std::shared_ptr<const Dataset> validation;  // null: none
  std::vector<uint32_t> validation_rows;      // empty: all
  std::vector<double> learning_rates;         // of each epoch; empty: the optimizer's
  std::optional<PlateauSpec> plateau;
  std::optional<EarlyStoppingSpec> early_stopping;
  double function_tolerance = 0;
  double gradient_tolerance = 0;
  double max_milliseconds = std::numeric_limits<double>::infinity();
  bool statistics = false;
};

struct EpochOutcome {
  uint32_t epoch = 0;  // from 1
  double loss = 0;     // mean over the samples of the loss before each step
  double learning_rate = 0;
  bool validated = false;
  Evaluation validation;
  std::optional<double> gradient_norm;  // where there is a gradient tolerance
  std::vector<LayerStatistics> layers;  // where they are asked for
  double seconds = 0;                   // of training, without what is measured after it
  size_t samples = 0;
};

enum class FitEnd { kEpochs, kConverged, kEarlyStopping, kMaxTime, kAborted, kDiverged };

struct FitOutcome {
  FitEnd stopped_by = FitEnd::kEpochs;
  uint32_t diverged_epoch = 0;  // both from 1
  size_t diverged_step = 0;
  std::optional<uint32_t> best_epoch;  // with early stopping; 0 where no epoch was best
};

/// A whole fit: epochs of steps, in one call on the thread that makes it and its helpers.
class Trainer {
 public:
  /// From here until its destruction the network is busy. Throws Error(kBusy) where it is already,
  /// Error(kShape) where the data does not fit the network.
  Trainer(Network& network, FitSpec spec);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains until something ends it; calls `on_epoch` after every whole epoch, on this thread.
  FitOutcome run(const std::atomic<bool>& stop,
                 const std::function<void(const EpochOutcome&)>& on_epoch);

 private:
  FitOutcome run_epochs(const std::atomic<bool>& stop,
                        const std::function<void(const EpochOutcome&)>& on_epoch);
  void order_rows(uint32_t epoch);
  /// Returns whether the epoch ran to its end; `end` says why not.
  bool run_epoch(const std::atomic<bool>& stop, EpochOutcome& outcome, FitOutcome& end);
  bool measure(const std::atomic<bool>& stop, EpochOutcome& outcome);
  bool has_converged(const EpochOutcome& outcome) const;
  bool out_of_time() const;
  bool let_others_in();

  Network& network_;
  FitSpec spec_;
  std::optional<Plateau> plateau_;
  std::optional<EarlyStopping> early_stopping_;
  std::optional<ThreadChoice> thread_choice_;
  State best_;  // with restore_best, from the first best epoch on
  double last_loss_ = std::numeric_limits<double>::quiet_NaN();
  std::chrono::steady_clock::time_point start_;
  std::vector<uint32_t> order_;            // of this epoch's rows
  AlignedArray<float> parameters_before_;  // the epoch's last step, for statistics
};

}  // namespace chainrule
