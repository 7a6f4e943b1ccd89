#pragma once

#include <cstdint>
#include <limits>

#include "fit/stopping.h"
#include "model/state.h"

namespace chainrule {

/// A fit's state between two epochs, besides the network. With both, another process can continue
/// and get the same bits as this one would have.
struct FitState {
  uint32_t epochs_done = 0;
  double last_loss = std::numeric_limits<double>::quiet_NaN();  // NaN before the first epoch
  PlateauMemory plateau;
  EarlyStoppingMemory early_stopping;
  uint32_t rollbacks = 0;  // each halves the learning rates of all later epochs
  State best;  // with restore_best: the network after its best epoch; empty before the first
};

}  // namespace chainrule
