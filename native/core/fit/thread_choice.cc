#include "fit/thread_choice.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>

namespace chainrule {
namespace {

// With this many steps per epoch or more, the cost of waking the threads is negligible.
constexpr size_t kManySteps = 1024;
// Seconds of a stretch: long compared with the jitter of barriers and clock, short compared with an
// epoch.
constexpr double kStretch = 1e-3;
// Seconds of a long step, compared with which preemption is short.
constexpr double kLongStretch = 20e-3;
// No third round once measuring has taken this many seconds.
constexpr double kEnough = 0.1;
// Drop a number of threads if its best time is this many times the overall best.
constexpr double kHopeless = 1.5;
// Prefer fewer threads if they are slower by no more than this factor: cores have other uses.
constexpr double kAsGood = 1.05;
// A result measured in less than kDisturbance seconds may be disturbed: another program's threads
// may spin that long after their work. It is valid for kFirstValidSeconds or kFirstValidTimes the
// time spent on measuring, whichever is longer. Finding it again doubles that, up to
// kMostValidSeconds or kMostValidTimes the time spent.
constexpr double kDisturbance = 0.1;
constexpr double kFirstValidSeconds = 0.1;
constexpr double kFirstValidTimes = 4;
constexpr double kMostValidSeconds = 3;
constexpr double kMostValidTimes = 100;
// The most numbers of threads to try: kMaxThreads and the powers of two below.
constexpr size_t kMostCandidates = 11;
// Shapes to remember: more than a process trains at once, and still little memory.
constexpr size_t kMostEntries = 4096;

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

StepShape step_shape(const NetworkSpec& spec, size_t rows, size_t threads, bool two_passes,
                     size_t steps_per_epoch) {
  StepShape shape = {rows,
                     threads,
                     two_passes,
                     static_cast<size_t>(std::bit_width(std::min(steps_per_epoch, kManySteps))),
                     static_cast<uint64_t>(spec.optimizer.kind),
                     static_cast<uint64_t>(spec.loss),
                     spec.l2 != 0,
                     static_cast<uint64_t>(spec.precision),
                     spec.input_size};
  for (const LayerSpec& layer : spec.layers) {
    shape.insert(shape.end(),
                 {layer.units, static_cast<uint64_t>(layer.activation), layer.dropout > 0});
  }
  return shape;
}

// ---- Memory ----------------------------------------------------------------------------------

ThreadMemory& ThreadMemory::shared() {
  static ThreadMemory* memory = new ThreadMemory;
  return *memory;
}

std::optional<ThreadMemory::Entry> ThreadMemory::find(const StepShape& shape) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(shape);
  if (found == entries_.end() || found->second.threads == 0) return std::nullopt;
  return found->second;
}

void ThreadMemory::reserve(const StepShape& shape) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMostEntries && !entries_.contains(shape)) entries_.clear();
  entries_.try_emplace(shape, Entry{});
}

void ThreadMemory::keep(const StepShape& shape, const Entry& entry) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMostEntries && !entries_.contains(shape)) entries_.clear();
  entries_.insert_or_assign(shape, entry);
}

// ---- Choice ----------------------------------------------------------------------------------

double ThreadChoice::Candidate::seconds() const {
  if (stretches == 0) return std::numeric_limits<double>::infinity();
  std::array<double, kRounds> sorted = step_seconds;
  const size_t middle = (stretches - 1) / 2;  // of an even number, the faster of the middle two
  std::partial_sort(sorted.begin(), sorted.begin() + middle + 1, sorted.begin() + stretches);
  return sorted[middle];
}

/// For fewer threads on long steps one measurement is enough. Any other slow result may have been
/// disturbed.
bool ThreadChoice::Candidate::is_hopeless_beside(const Candidate& best) const {
  if (stretches < 3 && !(tried_long && threads < best.threads)) return false;
  return *std::min_element(step_seconds.begin(), step_seconds.begin() + stretches) >
         kHopeless * best.seconds();
}

ThreadChoice::ThreadChoice(ThreadMemory& memory, StepShape shape, size_t most,
                           size_t steps_per_epoch, SecondsClock clock)
    : memory_(memory),
      shape_(std::move(shape)),
      most_(most),
      steps_per_epoch_(steps_per_epoch),
      clock_(std::move(clock)),
      threads_(most) {
  candidates_.reserve(kMostCandidates);  // measuring again must not allocate
  if (most_ > 1) recall_or_measure();
}

/// Uses the remembered result, this fit's or another's, while it is valid.
void ThreadChoice::recall_or_measure() {
  const double now = clock_();
  if (const auto known = memory_.find(shape_)) {
    threads_ = known->threads;
    valid_until_ = known->valid_until;
    if (now < valid_until_) return;
  } else {
    memory_.reserve(shape_);
  }
  candidates_.push_back({.threads = most_});
  size_t power = 1;
  while (power < most_) power *= 2;
  while (power > 1) candidates_.push_back({.threads = power /= 2});
  at_ = 0;
  round_ = 0;
  stretch_ = {};
  spent_ = 0;
}

void ThreadChoice::open() {
  if (most_ == 1) return;
  first_step_ = true;
  step_began_ = clock_();
}

bool ThreadChoice::time_step() {
  const double now = clock_();
  if (!measuring()) return now >= valid_until_;
  if (first_step_) {
    stretch_.first_steps += now - step_began_;
    ++stretch_.regions;
  } else {
    stretch_.seconds += now - step_began_;
    ++stretch_.steps;
  }
  first_step_ = false;
  step_began_ = now;
  return stretch_.total() >= (stretch_.steps > 0 ? kStretch : kLongStretch);
}

void ThreadChoice::close(size_t count) {
  if (most_ == 1) return;
  if (!measuring()) {
    if (clock_() >= valid_until_) recall_or_measure();
  } else if (count != candidates_[at_].threads) {
    // The helpers work for others, so this fit cannot choose: it continues as before, with the
    // helpers it gets.
    candidates_.clear();
    valid_until_ = clock_() + kMostValidSeconds;
  } else if (stretch_.total() >= kStretch) {
    stretch_ended();
  }
}

void ThreadChoice::stretch_ended() {
  Candidate& candidate = candidates_[at_];
  const double first_step = stretch_.first_steps / static_cast<double>(stretch_.regions);
  const double step =
      stretch_.steps > 0 ? stretch_.seconds / static_cast<double>(stretch_.steps) : first_step;
  // The first step of a region takes longer because its threads must wake. Every epoch has one.
  const double waking = std::max(0.0, first_step - step) / static_cast<double>(steps_per_epoch_);
  candidate.step_seconds[candidate.stretches++] = step + waking;
  candidate.tried_long = step >= kLongStretch;
  spent_ += stretch_.total();
  stretch_ = {};
  if (round_ == 0 && candidate.is_hopeless_beside(best())) {
    // Halving the threads made long steps this much slower; halving them again would be worse.
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(at_), candidates_.end());
  } else if (++at_ < candidates_.size()) {
    return;
  }
  at_ = 0;
  ++round_;
  std::erase_if(candidates_, [best = best()](const Candidate& candidate) {
    return candidate.is_hopeless_beside(best);
  });
  const bool enough = round_ == kRounds || (round_ > 1 && spent_ >= kEnough);
  if (candidates_.size() == 1 || enough) decide();
}

void ThreadChoice::end() {
  if (measuring() && round_ > 0) decide();
}

ThreadChoice::Candidate ThreadChoice::best() const {
  return *std::min_element(
      candidates_.begin(), candidates_.end(),
      [](const Candidate& a, const Candidate& b) { return a.seconds() < b.seconds(); });
}

void ThreadChoice::decide() {
  const double as_good = kAsGood * best().seconds();
  for (const Candidate& candidate : candidates_) {
    if (candidate.seconds() <= as_good) threads_ = candidate.threads;  // the fewest come last
  }
  candidates_.clear();
  // Other programs that ran during the measurement may end soon.
  const auto before = memory_.find(shape_);
  const double most = std::max(kMostValidSeconds, kMostValidTimes * spent_);
  double valid_seconds = std::max(kFirstValidSeconds, kFirstValidTimes * spent_);
  if (before && before->threads == threads_) valid_seconds = 2 * before->valid_seconds;
  if (spent_ >= kDisturbance || valid_seconds > most) valid_seconds = most;
  valid_until_ = clock_() + valid_seconds;
  memory_.keep(shape_, {threads_, valid_until_, valid_seconds});
}

}  // namespace chainrule
