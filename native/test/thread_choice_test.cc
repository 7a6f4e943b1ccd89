#include "fit/thread_choice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "support.h"

namespace chainrule {
namespace {

const StepShape kShape = {1, 2, 3};

/// A simulated machine whose steps take as long as a test says, and a fit on it.
struct Machine {
  std::function<double(size_t threads)> step_seconds;
  double waking = 0;        // seconds that a region of several threads takes longer
  size_t available = 1024;  // threads that a region gets at most
  double now = 1000;
  std::map<size_t, int> steps = {};  // taken on each number of threads

  SecondsClock clock() {
    return [this] { return now; };
  }
  void run_epoch(ThreadChoice& choice, int count) {
    for (int done = 0; done < count;) {
      const size_t threads = std::min(available, choice.threads());
      choice.open();
      if (threads > 1) now += waking;
      for (bool over = false; !over && done < count; ++done) {
        now += step_seconds(threads);
        ++steps[threads];
        over = choice.step_done();
      }
      choice.close(threads);
    }
  }
};

/// The number of threads that a fit on `machine` chooses, in epochs of `epoch_steps` steps.
size_t chosen(Machine& machine, size_t most, int epoch_steps = 1000) {
  ThreadMemory memory;
  ThreadChoice choice(memory, kShape, most, static_cast<size_t>(epoch_steps), machine.clock());
  for (int epoch = 0; epoch < 1000 && choice.measuring(); ++epoch) {
    machine.run_epoch(choice, epoch_steps);
  }
  CHECK(!choice.measuring());
  return choice.threads();
}

TEST_CASE("the fastest number of threads is chosen") {
  // Work that is shared, and a cost for each thread: fastest on about sqrt(work / cost).
  for (const auto& [work, cost, expected] : std::vector<std::tuple<double, double, size_t>>{
           {1e-3, 1e-9, 64}, {1e-3, 1.5e-5, 8}, {4e-4, 1e-4, 2}, {2e-5, 5e-5, 1}}) {
    Machine machine;
    machine.step_seconds = [work = work, cost = cost](size_t threads) {
      return work / static_cast<double>(threads) + cost * static_cast<double>(threads);
    };
    CHECK(chosen(machine, 64) == expected);
  }
  Machine machine;
  machine.step_seconds = [](size_t threads) { return 6e-4 / static_cast<double>(threads); };
  CHECK(chosen(machine, 6) == 6);  // which is not a power of two
  CHECK(chosen(machine, 1) == 1);
  machine.step_seconds = [](size_t threads) { return threads == 4 ? 1e-4 : 2e-4; };
  CHECK(chosen(machine, 6) == 4);
  // Two steps make a stretch, and three stretches are enough for a number that is twice as slow.
  machine.step_seconds = [](size_t threads) { return 1.1e-3 / static_cast<double>(threads); };
  machine.steps.clear();
  CHECK(chosen(machine, 2) == 2);
  CHECK(machine.steps[1] <= 6 * (1 + machine.steps[2] * 0.55e-3 / 0.05));  // each time it is tried
}

TEST_CASE("more threads must be faster by more than a little") {
  Machine machine;
  machine.step_seconds = [](size_t threads) { return threads == 2 ? 0.97e-4 : 1e-4; };
  CHECK(chosen(machine, 2) == 1);
  machine.step_seconds = [](size_t threads) { return threads == 2 ? 0.90e-4 : 1e-4; };
  CHECK(chosen(machine, 2) == 2);
}

TEST_CASE("long steps are tried as rarely as possible") {
  // If many threads share them well: once on half of them.
  Machine machine;
  machine.step_seconds = [](size_t threads) { return 12.8 / static_cast<double>(threads); };
  CHECK(chosen(machine, 64, 10) == 64);
  CHECK(machine.steps == std::map<size_t, int>{{64, 9}, {32, 1}});
  // Otherwise twice each, so that one disturbed step decides nothing.
  for (const double disturbed : {0.21, 0.45, 0.9}) {
    Machine two;
    two.step_seconds = [&](size_t threads) {
      return threads == 1 ? 0.4 : two.steps[2] == 0 ? disturbed : 0.2;
    };
    CHECK(chosen(two, 2, 10) == 2);
    CHECK(two.steps[1] == (disturbed < 0.25 ? 1 : 2));
  }
  Machine shared;
  shared.step_seconds = [](size_t threads) { return threads == 2 ? 0.5 : 0.2; };
  CHECK(chosen(shared, 2, 10) == 1);
  CHECK(shared.steps[2] == 2);
}

TEST_CASE("two disturbed stretches of five change nothing") {
  Machine machine;
  int taken = 0;
  machine.step_seconds = [&taken](size_t threads) {
    if (threads == 1) return 1.4e-3;
    // One step of a stretch is hit, in the first two stretches.
    return ++taken <= 5 && taken % 2 == 0 ? 5e-3 : 1e-3;
  };
  CHECK(chosen(machine, 2) == 2);
  CHECK(taken > 5);
}

TEST_CASE("time for which a fit is delayed does not count as a step's") {
  // One thread is twice as fast as two, but a visitor delays its first trial.
  for (const double pause : {0.01, 0.05, 1.0}) {
    ThreadMemory memory;
    Machine machine;
    ThreadChoice choice(memory, kShape, 2, 1000, machine.clock());
    bool paused = false;
    while (choice.measuring()) {
      const size_t threads = choice.threads();
      choice.open();
      do {
        if (threads == 1 && !paused) {
          paused = true;
          machine.now += pause;
          choice.step_delayed();
        }
        machine.now += threads == 1 ? 1e-4 : 2e-4;
      } while (!choice.step_done());
      choice.close(threads);
    }
    CHECK(choice.threads() == 1);
    CHECK(memory.find(kShape)->valid_seconds < 0.2);
  }
}

TEST_CASE("waking threads counts more in shorter epochs") {
  const auto step_seconds = [](size_t threads) { return threads == 1 ? 30e-6 : 18e-6; };
  Machine machine{.step_seconds = step_seconds, .waking = 100e-6};
  CHECK(chosen(machine, 2, 4) == 1);
  CHECK(chosen(machine, 2, 1) == 1);
  CHECK(chosen(machine, 2, 1000) == 2);
}

TEST_CASE("a result is remembered by shape until it expires") {
  ThreadMemory memory;
  Machine machine;
  machine.step_seconds = [](size_t threads) { return threads == 2 ? 1e-4 : 2e-4; };
  ThreadChoice first(memory, kShape, 2, 1000, machine.clock());
  CHECK(first.measuring());
  machine.run_epoch(first, 1000);
  CHECK(first.threads() == 2);

  ThreadChoice second(memory, kShape, 2, 1000, machine.clock());
  CHECK(!second.measuring());
  CHECK(second.threads() == 2);
  CHECK(ThreadChoice(memory, {1, 2, 4}, 2, 1000, machine.clock()).measuring());

  // Another program starts, and a thread that waits for a core is worse than none.
  machine.step_seconds = [](size_t threads) { return threads == 2 ? 3e-4 : 2e-4; };
  const double before = machine.now;
  machine.steps.clear();
  while (machine.now < before + 0.2) machine.run_epoch(second, 1000);
  CHECK(second.threads() == 1);
  while (machine.now < before + 100) machine.run_epoch(second, 100000);
  // The first fit learns this from the second, and repeated measuring is cheap.
  machine.run_epoch(first, 1);
  CHECK(first.threads() == 1);
  CHECK(machine.steps[2] > 0);
  CHECK(machine.steps[2] * 3e-4 < 0.5 + 0.01 * 100);
}

TEST_CASE("a fit whose helpers work for others measures nothing and takes what is available") {
  ThreadMemory memory;
  Machine machine;
  machine.step_seconds = [](size_t threads) { return 1e-4 / static_cast<double>(threads); };
  machine.available = 3;
  ThreadChoice choice(memory, kShape, 4, 1000, machine.clock());
  machine.run_epoch(choice, 1000);
  CHECK(!choice.measuring());
  CHECK(choice.threads() == 4);
  CHECK(!memory.find(kShape));
  machine.available = 4;
  const double before = machine.now;
  while (machine.now < before + 12) machine.run_epoch(choice, 1000);
  CHECK(memory.find(kShape)->threads == 4);
}

TEST_CASE("a short fit leaves its results to the next, for a short time") {
  ThreadMemory memory;
  Machine machine;
  machine.step_seconds = [](size_t threads) { return threads == 2 ? 2e-4 : 1e-4; };
  ThreadChoice shorter(memory, kShape, 2, 4, machine.clock());
  machine.run_epoch(shorter, 4);
  shorter.end();  // not even one number tried
  CHECK(!memory.find(kShape));
  ThreadChoice longer(memory, kShape, 2, 40, machine.clock());
  machine.run_epoch(longer, 40);
  CHECK(longer.measuring());
  longer.end();
  REQUIRE(memory.find(kShape));
  CHECK(memory.find(kShape)->threads == 1);
  CHECK(memory.find(kShape)->valid_until < machine.now + 1);
  machine.now += 1;
  CHECK(ThreadChoice(memory, kShape, 2, 40, machine.clock()).measuring());
}

TEST_CASE("a shape contains everything that a step's time depends on") {
  const NetworkSpec spec = test::classifier({4, 8, 3}, 2);
  const StepShape shape = step_shape(spec, 32, 2, false, 10);
  CHECK(shape == step_shape(test::classifier({4, 8, 3}, 2), 32, 2, false, 10));
  CHECK(shape != step_shape(spec, 33, 2, false, 10));
  CHECK(shape != step_shape(spec, 32, 3, false, 10));
  CHECK(shape != step_shape(spec, 32, 2, true, 10));
  CHECK(shape != step_shape(test::classifier({5, 8, 3}, 2), 32, 2, false, 10));
  CHECK(shape != step_shape(test::classifier({4, 9, 3}, 2), 32, 2, false, 10));
  CHECK(shape != step_shape(spec, 32, 2, false, 1));  // waking counts for more
  NetworkSpec dropping = spec;
  dropping.layers[0].dropout = 0.5;
  CHECK(shape != step_shape(dropping, 32, 2, false, 10));
}

}  // namespace
}  // namespace chainrule
