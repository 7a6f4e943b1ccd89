#pragma once

#include <doctest/doctest.h>

#include "runtime/cpu_features.h"

namespace chainrule::test {

/// Whether this CPU has AMX and the system saves its tiles. Otherwise says that the test is
/// skipped. Does not ask for the permission to use them.
inline bool has_amx_or_skips() {
  const bool has = cpu_has("amx_tile") && cpu_has("amx_bf16") && cpu_has("avx512_bf16");
  if (!has) MESSAGE("skipped: no AMX here");
  return has;
}

}  // namespace chainrule::test
