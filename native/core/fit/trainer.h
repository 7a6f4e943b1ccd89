#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "fit/epoch.h"
#include "fit/fit_spec.h"
#include "fit/fit_state.h"
#include "fit/outcome.h"
#include "fit/thread_choice.h"
#include "network/network.h"

namespace chainrule {

/// A fit, or a part of one between two pauses. One call runs all its epochs, on the calling thread
/// and its helpers.
class Trainer {
 public:
  using OnEpoch = std::function<void(const EpochOutcome&)>;

  /// Continues from `state` with the next epoch. The network is busy from here until the trainer's
  /// destruction. Throws Error(kBusy) if it already is, and Error(kShape, kOption) if the data or
  /// the state do not fit the network.
  Trainer(Network& network, FitSpec spec, FitState state = {});

  /// Trains until something ends the fit. Calls `on_epoch` on this thread after every whole epoch,
  /// while the network is free for others to use. An exception from `on_epoch` ends the fit; the
  /// best network is restored then, too.
  FitOutcome run(const std::atomic<bool>& stop, const OnEpoch& on_epoch);

  /// Asks `run` to end as paused after the epoch that is running, or after the first one if none
  /// has begun. Any thread may call this at any time, also from `on_epoch`. Whatever ends the fit
  /// in this epoch wins, and so does a stop.
  void pause() { pause_asked_ = true; }

  /// Of a paused fit: its state, for the trainer that continues.
  FitState take_state() { return std::move(state_); }

 private:
  FitOutcome run_epochs(const std::atomic<bool>& stop, const OnEpoch& on_epoch);
  bool is_to_pause() const;
  void restore_best();
  void roll_back(Epoch& epoch);
  Workspace& training_workspace();
  void choose_threads();
  double learning_rate_of(uint32_t epoch) const;
  void order_rows(uint32_t epoch);
  void train(Epoch& epoch);
  void run_steps(Epoch& epoch, Workspace& workspace, const Worker& worker);
  bool is_to_leave(Epoch& epoch, size_t rows, const StepLoss& result);
  bool measure(Epoch& epoch, FitOutcome& end);
  bool validate(Epoch& epoch);
  void conclude(const Epoch& epoch, FitOutcome& end);
  bool has_converged(const EpochOutcome& outcome) const;
  Perceptron& perceptron() { return network_.perceptron(*hold_); }

  Network& network_;
  FitSpec spec_;
  FitState state_;
  std::atomic<bool> pause_asked_{false};
  Access::Reservation reservation_;
  std::optional<Access::Hold> hold_;  // while running
  std::optional<Plateau> plateau_;
  std::optional<EarlyStopping> early_stopping_;
  std::optional<ThreadChoice> thread_choice_;
  std::vector<uint32_t> order_;            // of this epoch's rows
  bool leaving_ = false;                   // the workers leave the region after this step
  State last_epoch_;                       // the network after it, to roll back to
  AlignedArray<float> parameters_before_;  // before the epoch's last step, for statistics
};

}  // namespace chainrule
