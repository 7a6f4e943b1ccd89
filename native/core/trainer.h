#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "dataset.h"
#include "network.h"
#include "spec.h"

namespace chainrule {

struct FitSpec {
  uint32_t epochs = 1;
  size_t batch_size = 32;
  Sampling sampling = Sampling::kShuffle;
  uint32_t seed = 0;
  std::shared_ptr<const Dataset> training;
  std::vector<uint32_t> training_rows;        // empty: all
  std::shared_ptr<const Dataset> validation;  // null: none
  std::vector<uint32_t> validation_rows;      // empty: all
};

struct EpochOutcome {
  uint32_t epoch = 0;  // from 1
  double loss = 0;     // mean over the samples of the loss before each step
  bool validated = false;
  Evaluation validation;
  double seconds = 0;  // of training, without validation
  size_t samples = 0;
};

enum class FitEnd { kEpochs, kAborted, kDiverged };

struct FitOutcome {
  FitEnd stopped_by = FitEnd::kEpochs;
  uint32_t diverged_epoch = 0;  // both from 1
  size_t diverged_step = 0;
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

  /// Trains until the last epoch, until `stop` is set or until the loss is not finite; calls `on_epoch`
  /// after every whole epoch, on this thread.
  FitOutcome run(const std::atomic<bool>& stop, const std::function<void(const EpochOutcome&)>& on_epoch);

 private:
  /// Returns whether the epoch ran to its end; `end` says why not.
  bool run_epoch(const std::atomic<bool>& stop, EpochOutcome& outcome, FitOutcome& end);
  void let_others_in();

  Network& network_;
  FitSpec spec_;
  std::vector<uint32_t> order_;
};

}  // namespace chainrule
