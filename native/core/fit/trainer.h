#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "fit/fit_spec.h"
#include "fit/fit_state.h"
#include "fit/outcome.h"
#include "fit/thread_choice.h"
#include "network/network.h"

namespace chainrule {

/// A fit, or the part of one between two interruptions: epochs of steps, in one call on the thread
/// that makes it and its helpers.
class Trainer {
 public:
  using OnEpoch = std::function<void(const EpochOutcome&)>;

  /// Goes on from `state` with the epoch behind its last. From here until its destruction the
  /// network is busy. Throws Error(kBusy) where it is already, Error(kShape, kOption) where the
  /// data or the state do not fit the network.
  Trainer(Network& network, FitSpec spec, FitState state = {});

  /// Trains until something ends it; calls `on_epoch` after every whole epoch, on this thread,
  /// while the network is free to be looked at. What `on_epoch` throws ends the fit.
  FitOutcome run(const std::atomic<bool>& stop, const OnEpoch& on_epoch);

  /// Where `run` has left off, after its last whole epoch; for the trainer that goes on.
  FitState take_state() { return std::move(state_); }

 private:
  struct Epoch;

  FitOutcome run_epochs(const std::atomic<bool>& stop, const OnEpoch& on_epoch);
  Workspace& training_workspace();
  void choose_threads();
  double learning_rate_of(uint32_t epoch) const;
  void order_rows(uint32_t epoch);
  void train(Epoch& epoch);
  void run_steps(Epoch& epoch, const Worker& worker);
  void note_step(Epoch& epoch, size_t first, size_t rows, const StepLoss& result);
  bool must_end(Epoch& epoch) const;
  bool measure(Epoch& epoch);
  bool validate(Epoch& epoch);
  void conclude(Epoch& epoch);
  bool has_converged(const EpochOutcome& outcome) const;
  bool out_of_time() const;
  Perceptron& perceptron() { return network_.perceptron(*hold_); }

  Network& network_;
  FitSpec spec_;
  FitState state_;
  Access::Reservation reservation_;
  std::optional<Access::Hold> hold_;  // while running
  std::optional<Plateau> plateau_;
  std::optional<EarlyStopping> early_stopping_;
  std::optional<ThreadChoice> thread_choice_;
  std::chrono::steady_clock::time_point start_;
  std::vector<uint32_t> order_;            // of this epoch's rows
  AlignedArray<float> parameters_before_;  // the epoch's last step, for statistics
};

}  // namespace chainrule
