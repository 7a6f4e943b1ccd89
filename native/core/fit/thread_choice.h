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

/// Seconds from some moment on.
using SecondsClock = std::function<double()>;
double steady_seconds();

/// What the time of a step depends on most, but for the machine.
using StepShape = std::vector<uint64_t>;
/// Of steps of `rows` rows on at most `threads` threads; `two_passes`: gradients, then the update.
StepShape step_shape(const NetworkSpec& spec, size_t rows, size_t threads, bool two_passes,
                     size_t steps_per_epoch);

/// What was found out about steps of each shape, for the next fit. Any thread may use it.
class ThreadMemory {
 public:
  struct Entry {
    size_t threads = 0;      // 0: nothing found yet
    double valid_until = 0;  // by the clock of those who measure
    double valid_seconds = 0;
  };
  /// The one memory of the process; never destroyed, since fits may outlive static objects.
  static ThreadMemory& shared();

  std::optional<Entry> find(const StepShape& shape) const;
  void keep(const StepShape& shape, const Entry& entry);
  /// Makes room, so that keeping an entry later allocates nothing.
  void reserve(const StepShape& shape);

 private:
  mutable std::mutex mutex_;
  std::map<StepShape, Entry> entries_;
};

/// Finds out how many threads the steps of a fit are fastest on, by trying: no rule knows the
/// machine and what else runs on it, and a fit's results are the same bits on any number. The
/// first steps run in stretches of some milliseconds on the most threads, half as many, and so on
/// down to one, then the same again, a few rounds; the fewest threads that are as good as the best
/// go on. From time to time it is done anew, since a machine's load changes, at a cost of 1% of the
/// time.
///
/// Used by the one thread that opens the fit's regions: open(), step_done() after every step of the
/// region, close(); end() when there will be no other.
class ThreadChoice {
 public:
  /// `most` threads at most, of which 1 is never measured. An epoch's steps share the cost of
  /// waking its threads.
  ThreadChoice(ThreadMemory& memory, StepShape shape, size_t most, size_t steps_per_epoch,
               SecondsClock clock = steady_seconds);

  /// What the next region should run on.
  size_t threads() const { return measuring() ? candidates_[at_].threads : threads_; }
  bool measuring() const { return !candidates_.empty(); }

  void open();
  /// The step that is about to run begins only now: the fit was held up.
  void step_delayed() {
    if (measuring()) step_began_ = clock_();
  }
  /// Whether the region is to end here, because threads() may change.
  bool step_done() { return most_ > 1 && time_step(); }
  /// The region ran on `count` threads: fewer than asked for where others keep the helpers busy.
  void close(size_t count);
  /// A fit too short to finish measuring leaves what it found so far to the next one.
  void end();

 private:
  // Stretches of each number of threads; the median bears with two that were disturbed.
  static constexpr size_t kRounds = 5;
  struct Candidate {
    size_t threads;
    std::array<double, kRounds> step_seconds = {};  // of each stretch
    size_t stretches = 0;
    bool tried_long = false;  // the last of them was a long one
    double seconds() const;   // a step's
    bool is_hopeless_beside(const Candidate& best) const;
  };
  /// Steps in a row on one number of threads, over one region or more.
  struct Stretch {
    size_t regions = 0;
    double first_steps = 0;  // seconds of the regions' first steps, with waking their threads
    size_t steps = 0;        // the others
    double seconds = 0;      // of those
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
  size_t threads_;          // while nothing is being measured
  double valid_until_ = 0;  // so long are threads_ not measured again

  std::vector<Candidate> candidates_;  // from the most threads to the fewest; empty: not measuring
  size_t at_ = 0;
  size_t round_ = 0;
  double spent_ = 0;  // seconds of measuring
  Stretch stretch_;
  bool first_step_ = false;  // the region's first is running
  double step_began_ = 0;
};

}  // namespace chainrule
