#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "calls.h"

namespace chainrule::fuzz {

/// A sequence of calls at the core's boundary, with what lasts from one to the next. Throws where
/// the core breaks a promise.
class Sequence {
 public:
  explicit Sequence(std::span<const uint8_t> bytes) : reader_(bytes) {}
  void run();

 private:
  void make_network();
  void make_dataset();
  void ask_for_names();

  Reader reader_;
  std::unique_ptr<Network> network_;
  Datasets datasets_;
  FitState state_;  // of the last paused fit, maybe of another network
};

}  // namespace chainrule::fuzz
