#include "runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "runtime/cpu.h"

namespace chainrule {
namespace {

/// Some 30 us: longer than two workers' tiles differ, shorter than waking a sleeper twice. No
/// longer even for a long phase: on a busy machine, a spinning thread keeps the thread it waits for
/// from running (with 4000 spins next to one busy process, a step on two threads takes 1.5 times as
/// long).
constexpr int kSpins = 1000;

/// Whether `value` differs from `old` after some spinning.
bool spin_until_changed(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return true;
    pause_spinning();
  }
  return false;
}

/// The same while the core is offered to other threads: at most some 0.5 ms, and only until one
/// takes it. A phase in which a neighbour on the host disturbs one worker ends within that time,
/// and to sleep and be woken would cost more: steps on two threads of 0.1 to 3 ms took 3 to 5% less
/// time. Next to a busy process they take as long as before.
bool yield_until_changed(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kYields = 1000;
  constexpr std::chrono::microseconds kTaken{5};
  auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < kYields; ++i) {
    std::this_thread::yield();
    if (value.load(std::memory_order_acquire) != old) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now - before > kTaken) return false;
    before = now;
  }
  return false;
}

/// Returns once `value` differs from `old`; spins first if `spin`.
void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old, bool spin) {
  if (spin && spin_until_changed(value, old)) return;
  while (value.load(std::memory_order_acquire) == old) value.wait(old);
}

}  // namespace

Barrier::Barrier(size_t count, bool spin) : spin_(spin) {
  const auto groups_of = [](size_t members) { return (members + kWriters - 1) / kWriters; };
  Counter* level = counters_.data();
  for (size_t members = count; members > 1; members = groups_of(members)) {
    Counter* above = level + groups_of(members);
    for (size_t i = 0; i < groups_of(members); ++i) {
      level[i].expected = static_cast<uint32_t>(std::min(kWriters, members - i * kWriters));
      if (members > kWriters) level[i].above = above + i / kWriters;
    }
    level = above;
  }
}

void Barrier::wait(size_t index) {
  const uint32_t generation = generation_.load(std::memory_order_relaxed);
  Counter* counter = &counters_[index / kWriters];
  while (counter->arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == counter->expected) {
    counter->arrived.store(0, std::memory_order_relaxed);
    counter = counter->above;
    if (counter != nullptr) continue;
    generation_.store(generation + 1);
    // This load and the sleeper's increment are both sequentially consistent: either this thread
    // sees the sleeper, or the sleeper sees the new generation before it sleeps.
    if (sleepers_.load() > 0) generation_.notify_all();
    return;
  }
  if (spin_ && (spin_until_changed(generation_, generation) ||
                yield_until_changed(generation_, generation))) {
    return;
  }
  sleepers_.fetch_add(1);
  while (generation_.load() == generation) generation_.wait(generation);
  sleepers_.fetch_sub(1);
}

struct ThreadPool::Region {
  Call call;
  void* context;
  size_t count;
  bool spin;  // see Barrier
  Barrier barrier;
};

struct ThreadPool::Helper {
  std::thread thread;
  // A new value of `orders` is an order to work on `region` as worker `index`; `finished` is set to
  // it when the work is done. Both live as long as the process; the region is on its opener's
  // stack.
  alignas(64) std::atomic<uint32_t> orders{0};
  alignas(64) std::atomic<uint32_t> finished{0};
  Region* region = nullptr;
  size_t index = 0;
  Helper* next = nullptr;  // of its crew

  void loop() {
    lower_priority();
    ScopedFlushDenormals flush;
    uint32_t seen = 0;
    bool spin = false;
    for (;;) {
      // Spins because the next region may follow at once, and waking up takes some 30 us.
      wait_while_equal(orders, seen, spin);
      seen = orders.load(std::memory_order_acquire);
      spin = region->spin;  // read now: the region is gone once the work is done
      region->call(region->context, Worker{index, region->count, &region->barrier});
      finished.store(seen, std::memory_order_release);
      finished.notify_one();
    }
  }
};

ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

size_t ThreadPool::helpers() const {
  std::lock_guard lock(mutex_);
  return all_.size();
}

void ThreadPool::Crew::push(Helper* helper) {
  helper->next = std::exchange(first, helper);
  ++count;
}

ThreadPool::Helper* ThreadPool::Crew::pop() {
  Helper* helper = std::exchange(first, first->next);
  --count;
  return helper;
}

ThreadPool::Crew ThreadPool::take_helpers(size_t wanted, size_t limit) {
  std::lock_guard lock(mutex_);
  Crew taken;
  while (taken.count < wanted) {
    if (idle_.count > 0) {
      taken.push(idle_.pop());
    } else if (all_.size() < limit) {
      try {
        all_.reserve(all_.size() + 1);  // first, so as not to lose a helper whose thread runs
        auto helper = std::make_unique<Helper>();
        helper->thread = std::thread([raw = helper.get()] { raw->loop(); });
        taken.push(helper.get());
        all_.push_back(std::move(helper));
      } catch (const std::exception&) {
        break;  // no thread or no memory: run on the existing helpers
      }
    } else {
      break;
    }
  }
  return taken;
}

void ThreadPool::give_back(Crew helpers) {
  std::lock_guard lock(mutex_);
  while (helpers.count > 0) idle_.push(helpers.pop());
}

void ThreadPool::run_region(size_t threads, Call call, void* context) {
  static const size_t cores = usable_cores();
  ScopedFlushDenormals flush;
  if (threads <= 1) {
    call(context, Worker{0, 1, nullptr});
    return;
  }
  // A caller may ask for more threads than cores. Spinning would then only keep the others from
  // working.
  const Crew helpers = take_helpers(threads - 1, std::max(cores, threads) - 1);
  const size_t count = helpers.count + 1;
  const bool spin = count <= cores;
  Region region{call, context, count, spin, Barrier(count, spin)};
  size_t index = 0;
  for (Helper* helper = helpers.first; helper != nullptr; helper = helper->next) {
    helper->region = &region;
    helper->index = ++index;
    helper->orders.fetch_add(1, std::memory_order_release);
    helper->orders.notify_one();
  }
  call(context, Worker{0, count, &region.barrier});
  for (const Helper* helper = helpers.first; helper != nullptr; helper = helper->next) {
    // `finished` is one less than `orders` until the helper is done.
    wait_while_equal(helper->finished, helper->orders.load(std::memory_order_relaxed) - 1, spin);
  }
  give_back(helpers);
}

}  // namespace chainrule
