#include "runtime/work_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

using namespace chainrule;

namespace {

/// What threads wait for.
class Gate {
 public:
  void open() {
    // Notifies under the lock: whoever has passed may destroy the gate.
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// Never destroyed, as its threads may still be ending.
WorkQueue& queue_of(size_t slots) {
  static auto& queues = *new std::deque<WorkQueue>;  // where those who look for leaks find them
  return queues.emplace_back(slots);
}

const auto kNotUrgent = [] { return false; };

}  // namespace

TEST_CASE("a work queue runs every task, at most as many at once as it has slots") {
  WorkQueue& queue = queue_of(3);
  std::atomic<int> running{0}, most{0}, done{0};
  Gate all;
  constexpr int kTasks = 200;
  for (int i = 0; i < kTasks; ++i) {
    queue.submit([&] {
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      --running;
      if (++done == kTasks) all.open();
    });
  }
  all.pass();
  CHECK(most == 3);
}

TEST_CASE("a work queue with one slot keeps the order") {
  WorkQueue& queue = queue_of(1);
  std::vector<int> order;  // one task at a time
  Gate all;
  for (int i = 0; i < 50; ++i) {
    queue.submit([&order, &all, i] {
      order.push_back(i);
      if (i == 49) all.open();
    });
  }
  all.pass();
  for (int i = 0; i < 50; ++i) CHECK(order[i] == i);
}

TEST_CASE("a task that waits for something lets others run, and goes before them afterwards") {
  WorkQueue& queue = queue_of(1);
  Gate event, first_done, last_done, second_runs;
  std::vector<int> order;  // one task at a time
  queue.submit([&] {
    CHECK(queue.give_up_slot());
    event.pass();
    queue.take_slot_again(kNotUrgent);
    order.push_back(1);
    first_done.open();
  });
  queue.submit([&] {
    order.push_back(2);
    second_runs.open();
    event.open();
    // The first one waits for this slot.
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  });
  queue.submit([&] {
    order.push_back(3);
    last_done.open();
  });
  second_runs.pass();
  first_done.pass();
  last_done.pass();
  CHECK(order == std::vector<int>{2, 1, 3});
}

TEST_CASE("an urgent task goes on without a slot, and the queue is as before afterwards") {
  WorkQueue& queue = queue_of(1);
  Gate taken, finish, urgent_done, last_done;
  queue.submit([&] {
    CHECK(queue.give_up_slot());
    taken.pass();
    queue.take_slot_again([] { return true; });
    urgent_done.open();
  });
  queue.submit([&] {
    taken.open();
    finish.pass();
  });
  urgent_done.pass();
  std::atomic<int> running{0}, most{0};
  for (int i = 0; i < 3; ++i) {
    queue.submit([&, i] {
      most = std::max(most.load(), ++running);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --running;
      if (i == 2) last_done.open();
    });
  }
  CHECK_FALSE(last_done.is_open());
  finish.open();
  last_done.pass();
  CHECK(most == 1);
}

TEST_CASE("a task that has not begun can be taken out, or hurried past the others") {
  WorkQueue& queue = queue_of(1);
  Gate begun, finish, hurried;
  const WorkQueue::Ticket first = queue.submit([&] {
    begun.open();
    finish.pass();
  });
  std::atomic<bool> ran{false};
  const WorkQueue::Ticket second = queue.submit([&] { ran = true; });
  const WorkQueue::Ticket third = queue.submit([&] { hurried.open(); });
  begun.pass();
  CHECK_FALSE(queue.withdraw(first));
  CHECK(queue.withdraw(second));
  CHECK_FALSE(queue.withdraw(second));
  queue.hurry(third);
  hurried.pass();  // though the slot is taken
  queue.hurry(third);
  finish.open();
  Gate last;
  queue.submit([&] { last.open(); });
  last.pass();
  CHECK_FALSE(ran);
}
