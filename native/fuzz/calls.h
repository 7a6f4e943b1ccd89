#pragma once

#include "fit/fit_state.h"
#include "network/network.h"
#include "reader.h"
#include "specs.h"

namespace chainrule::fuzz {

/// Rows that a step of the network takes in a moment; sometimes far too many.
size_t draw_row_count(Reader& reader, const NetworkSpec& spec, size_t parameters);

/// Calls the network in one of its ways, with arguments that fit or do not. While it is reserved
/// for a fit, calls that would change it have to be refused as busy.
void call_network(Reader& reader, Network& network, bool reserved);

/// Begins a fit, or goes on with `state`, and ends it in one of the ways that end fits. If it ends
/// paused, `state` is what it can go on from.
void call_fit(Reader& reader, Network& network, const Datasets& datasets, FitState& state);

}  // namespace chainrule::fuzz
