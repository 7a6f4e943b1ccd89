#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace chainrule {

/// The most threads of one parallel region.
inline constexpr size_t kMaxThreads = 1024;

/// Where the threads of one parallel region wait for each other. A tree counts them: the last of
/// eight threads to arrive counts for all eight one level up, so no cache line has more than eight
/// writers and no thread waits on the way up. All wait for one number, which the very last thread
/// writes. Up to eight threads need only one counter.
class Barrier {
 public:
  /// `spin`: whether waiting threads may spin for a while before they sleep.
  Barrier(size_t count, bool spin);
  /// Each of `count` <= kMaxThreads threads calls this with its own index, 0 to count - 1.
  void wait(size_t index);

 private:
  static constexpr size_t kWriters = 8;
  struct alignas(64) Counter {
    std::atomic<uint32_t> arrived{0};
    uint32_t expected = 0;
    Counter* above = nullptr;  // null for the last
  };

  const bool spin_;
  // The threads' own counters first, then level by level. Stored in place, because opening a region
  // must not allocate.
  static constexpr size_t kMostCounters = kMaxThreads / (kWriters - 1) + 3;
  std::array<Counter, kMostCounters> counters_;
  alignas(64) std::atomic<uint32_t> generation_{0};
  std::atomic<uint32_t> sleepers_{0};
};

/// One thread's place in a parallel region.
struct Worker {
  size_t index;  // 0 is the thread that opened the region
  size_t count;
  Barrier* barrier;

  /// Returns once every worker of the region has called this.
  void wait_for_others() const {
    if (count > 1) barrier->wait(index);
  }

  /// The share of `items` that this worker owns: the same for the same (index, count).
  size_t first_of(size_t items) const { return count == 1 ? 0 : items * index / count; }
  size_t end_of(size_t items) const { return count == 1 ? items : items * (index + 1) / count; }
};

/// The process's helper threads. A region runs on the thread that opens it and on idle helpers. If
/// other regions are using the helpers, it runs on fewer threads, which changes no result. Between
/// regions the helpers spin briefly, then sleep.
class ThreadPool {
 public:
  /// The only pool. Never destroyed, so that no destructor runs under its sleeping threads at exit.
  static ThreadPool& shared();

  /// Calls body(worker) on up to `threads` threads at once and returns when all have returned. The
  /// body must not throw. Denormals are flushed inside.
  template <typename Body>
  void run(size_t threads, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run_region(
        threads,
        [](void* context, const Worker& worker) noexcept {
          (*static_cast<Plain*>(context))(worker);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

  /// Helper threads alive now.
  size_t helpers() const;

 private:
  using Call = void (*)(void* context, const Worker& worker) noexcept;
  struct Region;
  struct Helper;

  /// An intrusive list of helpers, so that opening a region allocates nothing.
  struct Crew {
    Helper* first = nullptr;
    size_t count = 0;
    void push(Helper* helper);
    Helper* pop();
  };

  ThreadPool() = default;
  void run_region(size_t threads, Call call, void* context);
  Crew take_helpers(size_t wanted, size_t limit);
  void give_back(Crew helpers);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Helper>> all_;
  Crew idle_;
};

}  // namespace chainrule
