#pragma once

#include <napi.h>

#include "fit/fit_state.h"
#include "model/layout.h"

namespace chainrule {

/// A fit's state in the seam's form, FitState in src/: it can be written to a file and read in
/// another process.
Napi::Object from_fit_state(Napi::Env env, const FitState& state, const ParameterLayout& layout);

/// Throws Error(kOption, kShape) if it is not the state of a fit of such a network.
FitState to_fit_state(const Napi::Object& object, const ParameterLayout& layout, size_t moments);

}  // namespace chainrule
