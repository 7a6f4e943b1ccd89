#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>

namespace chainrule {

/// Runs tasks in the order in which they come, on threads of its own and only as many at once as
/// there are slots: a process with more busy threads than cores finishes nothing sooner, and its
/// event loop starves. All environments share a queue, which is never destroyed, so that no
/// destructor runs under its threads at exit.
class WorkQueue {
 public:
  /// Must not throw.
  using Task = std::function<void()>;
  using Ticket = uint64_t;

  static WorkQueue& fits();
  /// Predictions do not wait behind fits, which may take hours.
  static WorkQueue& predictions();

  explicit WorkQueue(size_t slots) : slots_(slots) {}

  /// Throws Error(kMemory) if the task would never run, since the system gives no thread.
  Ticket submit(Task task);
  /// Takes a task that has not begun out of the queue. Returns false if it has begun.
  bool withdraw(Ticket ticket);
  /// Runs a task that has not begun beside the others, since it will end at once.
  void hurry(Ticket ticket);

  /// For a task that waits for something else: others may use its slot until it takes one again.
  /// Returns false if it keeps the slot, since there is no thread for the next task.
  bool give_up_slot();
  /// Waits for a slot, before all tasks that have not begun. Goes on without one if `is_urgent`,
  /// which is asked every few milliseconds.
  void take_slot_again(const std::function<bool()>& is_urgent);

 private:
  struct Waiting {
    Ticket ticket;
    Task task;
  };
  struct Returning {
    bool has_slot = false;
  };

  void start_thread(std::deque<Waiting>& from);
  void run(std::deque<Waiting>& from);
  bool may_keep_slot() const;
  bool hand_slot_to_returning();

  const size_t slots_;
  std::mutex mutex_;
  size_t in_use_ = 0;  // slots
  Ticket last_ticket_ = 0;
  std::deque<Waiting> waiting_;
  std::deque<Waiting> hurried_;
  bool hurries_ = false;  // a thread runs the hurried ones
  std::list<Returning*> returning_;
  std::condition_variable returned_;
};

}  // namespace chainrule
