#include "runtime/thread_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/cpu.h"

namespace chainrule {
namespace {

TEST_CASE("a region runs on as many threads as requested, and their shares cover all items once") {
  for (const size_t threads : {1, 2, 3, 4, 8}) {
    std::vector<std::atomic<int>> taken(101);
    std::atomic<size_t> workers{0};
    ThreadPool::shared().run(threads, [&](const Worker& worker) {
      ++workers;
      CHECK(worker.count == threads);
      for (size_t i = worker.first_of(taken.size()); i < worker.end_of(taken.size()); ++i)
        ++taken[i];
    });
    CHECK(workers == threads);
    for (const auto& times : taken) CHECK(times == 1);
  }
}

TEST_CASE("no thread passes a barrier before all have arrived, on a tree of any height") {
  // One counter, two levels with a lone thread in the last group, three levels.
  for (const size_t threads : {2, 4, 8, 9, 20, 70}) {
    const int rounds = 4000 / static_cast<int>(threads);
    std::atomic<int> arrived{0};
    std::atomic<int> early{0};
    ThreadPool::shared().run(threads, [&](const Worker& worker) {
      for (int round = 1; round <= rounds; ++round) {
        ++arrived;
        worker.wait_for_others();
        if (arrived < round * static_cast<int>(threads)) ++early;
        worker.wait_for_others();
      }
    });
    CAPTURE(threads);
    CHECK(arrived == rounds * static_cast<int>(threads));
    CHECK(early == 0);
  }
}

TEST_CASE("threads that sleep at a barrier are woken, even while others still spin") {
  // Two threads that may spin, each late in turn, by more or by less than the other spins.
  ThreadPool::shared().run(2, [&](const Worker& worker) {
    for (size_t round = 0; round < 600; ++round) {
      if (round % 2 == worker.index) {
        std::this_thread::sleep_for(std::chrono::microseconds(round % 60));
      }
      worker.wait_for_others();
    }
  });
}

TEST_CASE("regions opened by several threads at once all run, with the available helpers") {
  std::atomic<size_t> sum{0};
  std::vector<std::thread> openers;
  for (int t = 0; t < 6; ++t) {
    openers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        ThreadPool::shared().run(3, [&](const Worker& worker) {
          sum += worker.end_of(30) - worker.first_of(30);
          worker.wait_for_others();
        });
      }
    });
  }
  for (std::thread& opener : openers) opener.join();
  CHECK(sum == 6 * 200 * 30);
}

TEST_CASE("denormals are flushed in a region and the caller's mode is restored") {
  const volatile float smallest = 1e-40f;
  std::atomic<int> kept{0};
  ThreadPool::shared().run(3, [&](const Worker&) {
    if (smallest * 0.5f != 0) ++kept;
  });
  CHECK(kept == 0);
  CHECK(smallest * 0.5f != 0);
}

TEST_CASE("the process has at least one core") { CHECK(usable_cores() >= 1); }

}  // namespace
}  // namespace chainrule
