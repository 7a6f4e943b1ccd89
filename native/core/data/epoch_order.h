#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "model/spec.h"

namespace chainrule {

/// Writes the rows of epoch `epoch` (from 1) to `order`, in the order of use: a pure function of
/// (sampling, seed, epoch). `rows` lists the rows to choose from; empty for 0, 1, ...,
/// order.size() - 1.
void epoch_order(const Kernels& kernels, Sampling sampling, uint32_t seed, uint32_t epoch,
                 std::span<const uint32_t> rows, std::span<uint32_t> order);

}  // namespace chainrule
