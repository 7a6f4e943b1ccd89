#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

#include "network/network.h"

namespace chainrule {

/// The optimizer's state in the seam's form, OptimizerState in src/: { step, moments }.
Napi::Object from_optimizer_state(Napi::Env env, Network& network);

/// Throws Error(kOption, kShape, kBusy), and changes nothing then.
void set_optimizer_state(Network& network, const Napi::Object& state);

// The fields of such a state.
uint64_t step_of(const Napi::Object& state);
/// Their lengths are not checked yet. Throws Error(kShape) if there are not `count` of them.
std::vector<Napi::Value> moments_of(const Napi::Object& state, size_t count);

}  // namespace chainrule
