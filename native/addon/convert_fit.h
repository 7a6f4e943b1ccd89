#pragma once

#include <napi.h>

#include <vector>

#include "fit/trainer.h"

namespace chainrule {

/// Converts what a fit takes and gives, as convert.h does for networks and samples.

/// Everything about a fit except its datasets and the state that it continues from.
FitSpec to_fit_spec(const Napi::Object& object);

/// The results of an epoch as EPOCH_COLUMNS and LAYER_COLUMNS in src/engine/epoch-rows.ts say.
std::vector<double> to_epoch_row(const EpochOutcome& outcome);
Napi::Object from_fit(Napi::Env env, const FitOutcome& outcome);

}  // namespace chainrule
