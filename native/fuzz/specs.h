#pragma once

#include <memory>
#include <vector>

#include "fit/fit_spec.h"
#include "fit/fit_state.h"
#include "kernels/kernels.h"
#include "model/spec.h"
#include "reader.h"

namespace chainrule::fuzz {

/// Any of this CPU's tables, with products by either.
const Kernels& draw_kernels(Reader& reader);

/// Mostly a small network of any kinds; sometimes one that has to be refused.
NetworkSpec draw_network_spec(Reader& reader);

using Datasets = std::vector<std::shared_ptr<const Dataset>>;

/// A fit on some of the datasets, which may not go with the network. There is at least one.
FitSpec draw_fit_spec(Reader& reader, const Datasets& datasets);

/// Changes numbers of a fit's state: it comes from a file.
void draw_fit_state(Reader& reader, FitState& state);

}  // namespace chainrule::fuzz
