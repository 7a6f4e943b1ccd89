#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "network/evaluation.h"
#include "network/statistics.h"
#include "step/fault.h"

namespace chainrule {

/// The results of an epoch.
struct EpochOutcome {
  uint32_t epoch = 0;  // from 1
  double loss = 0;     // mean over the samples, computed before each step
  double learning_rate = 0;
  bool validated = false;
  Evaluation validation;
  std::optional<double> gradient_norm;  // if there is a gradient tolerance
  std::vector<LayerStatistics> layers;  // if statistics are requested
  double seconds = 0;                   // of training, without the measurements after it
  size_t samples = 0;
  size_t skipped_steps = 0;  // that were not taken, with OnNonFinite::kSkip
  uint32_t rollbacks = 0;    // that this epoch took, with OnNonFinite::kRollback
};

enum class FitEnd { kEpochs, kConverged, kEarlyStopping, kMaxTime, kAborted, kDiverged, kPaused };

struct FitOutcome {
  FitEnd stopped_by = FitEnd::kEpochs;
  uint32_t diverged_epoch = 0;  // both from 1
  size_t diverged_step = 0;
  Fault fault;                         // of that step
  std::optional<uint32_t> best_epoch;  // with early stopping; 0 if no epoch was best
  // Of the samples over which the last epoch's loss is the mean, if an epoch has ended.
  std::optional<double> loss_weight;
};

}  // namespace chainrule
