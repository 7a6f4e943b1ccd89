#pragma once

#include <napi.h>

#include "fit/fit_state.h"
#include "model/layout.h"

namespace chainrule {

/// A fit's state as the seam has it, see FitState in src/: what can be written to a file and read
/// back in another process.
Napi::Object from_fit_state(Napi::Env env, const FitState& state, const ParameterLayout& layout);

/// Throws Error(kOption, kShape) where it is not the state of a fit of such a network.
FitState to_fit_state(const Napi::Object& object, const ParameterLayout& layout, size_t moments);

}  // namespace chainrule
