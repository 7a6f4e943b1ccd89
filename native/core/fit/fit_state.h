#pragma once

#include <cstdint>
#include <limits>

#include "fit/stopping.h"
#include "model/state.h"

namespace chainrule {

/// What a fit knows between two epochs, beside the network itself: with both, another process goes
/// on bit for bit as this one would have.
struct FitState {
  uint32_t epochs_done = 0;
  double last_loss = std::numeric_limits<double>::quiet_NaN();  // NaN before the first epoch
  PlateauMemory plateau;
  EarlyStoppingMemory early_stopping;
  State best;  // with restore_best: the network at its best epoch; empty before there is one
};

}  // namespace chainrule
