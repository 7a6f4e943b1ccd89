#pragma once

#include <cstddef>

namespace chainrule {

/// One descriptor for each kind of activation, loss and optimizer: what the rest of the core and
/// the addon need to know about it. activation.h, loss.h and optimizer.h have the tables;
/// CONTRIBUTING.md lists the files that a new kind needs.
///
/// Each enum lists its kinds in the order of its table.
template <typename Info, size_t kCount>
constexpr bool is_in_order(const Info (&table)[kCount]) {
  for (size_t i = 0; i < kCount; ++i) {
    if (static_cast<size_t>(table[i].kind) != i) return false;
  }
  return true;
}

}  // namespace chainrule
