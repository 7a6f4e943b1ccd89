#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "model/spec.h"

namespace chainrule {

/// Seconds since some fixed point in time.
using SecondsClock = std::function<double()>;
double steady_seconds();

/// What a step's time depends on most, apart from the machine.
using StepShape = std::vector<uint64_t>;
/// The shape of steps of `rows` rows on at most `threads` threads; `two_passes`: gradients, then
/// the update.
StepShape step_shape(const NetworkSpec& spec, size_t rows, size_t threads, bool two_passes,
                     size_t steps_per_epoch);

/// Measurements for each shape of step, for the next fit. Any thread may use it.
class ThreadMemory {
 public:
  struct Entry {
    size_t threads = 0;      // 0: nothing found yet
    double valid_until = 0;  // by the measuring fit's clock
    double valid_seconds = 0;
  };
  /// The process's only memory; never destroyed, because fits may outlive static objects.
  static ThreadMemory& shared();

  std::optional<Entry> find(const StepShape& shape) const;
  void keep(const StepShape& shape, const Entry& entry);
  /// Reserves room, so that keeping an entry later allocates nothing.
  void reserve(const StepShape& shape);

 private:
  mutable std::mutex mutex_;
  std::map<StepShape, Entry> entries_;
};

/// Finds by trial on how many threads a fit's steps are fastest: no rule knows the machine and its
/// load, and any number of threads gives the same bits. The first steps run in stretches of some
/// milliseconds on the most threads, half as many, and so on down to one; this repeats for a few
/// rounds. The fit then uses the fewest threads that are as good as the best. Because a machine's
/// load changes, it measures again from time to time, which costs 1% of the time.
///
/// Used only by the thread that opens the fit's regions: open(), step_done() after every step of
/// the region, close(); end() after the last region.
class ThreadChoice {
 public:
  /// Uses at most `most` threads; if that is 1, measures nothing. An epoch's steps share the cost
  /// of waking its threads.
  ThreadChoice(ThreadMemory& memory, StepShape shape, size_t most, size_t steps_per_epoch,
               SecondsClock clock = steady_seconds);

  /// The number of threads for the next region.
  size_t threads() const { return measuring() ? candidates_[at_].threads : threads_; }
  bool measuring() const { return !candidates_.empty(); }

  void open();
  /// Restarts the clock for the next step: the fit was delayed.
  void step_delayed() {
    if (measuring()) step_began_ = clock_();
  }
  /// Whether the region must end here because threads() may have changed.
  bool step_done() { return most_ > 1 && time_step(); }
  /// The region ran on `count` threads: fewer than requested if others are using the helpers.
  void close(size_t count);
  /// A fit too short to finish measuring leaves its results so far to the next one.
  void end();

 private:
  // Stretches for each number of threads; the median tolerates two disturbed ones.
  static constexpr size_t kRounds = 5;
  struct Candidate {
    size_t threads;
    std::array<double, kRounds> step_seconds = {};  // of each stretch
    size_t stretches = 0;
    bool tried_long = false;  // the last of them was a long one
    double seconds() const;   // of a step
    bool is_hopeless_beside(const Candidate& best) const;
  };
  /// Steps in a row on one number of threads, over one region or more.
  struct Stretch {
    size_t regions = 0;
    double first_steps = 0;  // seconds of the regions' first steps, including waking the threads
    size_t steps = 0;        // all other steps
    double seconds = 0;      // of the other steps
    double total() const { return first_steps + seconds; }
  };

  bool time_step();
  void recall_or_measure();
  void stretch_ended();
  Candidate best() const;
  void decide();

  ThreadMemory& memory_;
  const StepShape shape_;
  const size_t most_;
  const size_t steps_per_epoch_;
  const SecondsClock clock_;
  size_t threads_;          // when not measuring
  double valid_until_ = 0;  // measure again after this time

  std::vector<Candidate> candidates_;  // from the most threads to the fewest; empty: not measuring
  size_t at_ = 0;
  size_t round_ = 0;
  double spent_ = 0;  // seconds of measuring
  Stretch stretch_;
  bool first_step_ = false;  // the region's first is running
  double step_began_ = 0;
};

}  // namespace chainrule
