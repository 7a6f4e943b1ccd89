#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace chainrule {

/// Where the threads of one parallel region wait for each other.
class Barrier {
 public:
  /// `spin`: whether waiting threads may keep their cores busy for a while before they sleep.
  Barrier(uint32_t count, bool spin) : count_(count), spin_(spin) {}
  void wait();

 private:
  const uint32_t count_;
  const bool spin_;
  alignas(64) std::atomic<uint32_t> arrived_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
  std::atomic<uint32_t> sleepers_{0};
};

/// One thread's place in a parallel region.
struct Worker {
  size_t index;  // 0 is the thread that opened the region
  size_t count;
  Barrier* barrier;

  /// Returns once every worker of the region has come here.
  void wait_for_others() const {
    if (count > 1) barrier->wait();
  }

  /// The share of `items` that this worker owns: the same for the same (index, count).
  size_t first_of(size_t items) const { return count == 1 ? 0 : items * index / count; }
  size_t end_of(size_t items) const { return count == 1 ? items : items * (index + 1) / count; }
};

/// The process's helper threads. A region runs on the thread that opens it and on as many idle
/// helpers as it may have; when others keep them busy it runs on fewer, which changes no result.
/// Helpers sleep between regions.
class ThreadPool {
 public:
  /// The one pool. It is never destroyed: its sleeping threads must not meet a destructor at exit.
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

  /// Helpers in a list through themselves, so that opening a region allocates nothing.
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
