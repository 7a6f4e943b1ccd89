#include "runtime/work_queue.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "runtime/cpu.h"
#include "runtime/error.h"

namespace chainrule {

WorkQueue& WorkQueue::fits() {
  static auto* queue = new WorkQueue(usable_cores());
  return *queue;
}

WorkQueue& WorkQueue::predictions() {
  static auto* queue = new WorkQueue(usable_cores());
  return *queue;
}

WorkQueue::Ticket WorkQueue::submit(Task task) {
  const std::lock_guard lock(mutex_);
  const Ticket ticket = ++last_ticket_;
  waiting_.push_back({ticket, std::move(task)});
  if (in_use_ >= slots_) return ticket;
  ++in_use_;
  try {
    start_thread(waiting_);
  } catch (const std::exception& error) {
    // Without a thread, the tasks that run will take it over when they have ended.
    if (--in_use_ > 0) return ticket;
    waiting_.pop_back();
    throw Error(ErrorCode::kMemory,
                std::string("the system gives no further thread (") + error.what() +
                    "): raise the limit of processes or threads (ulimit -u, a container's pids)");
  }
  return ticket;
}

bool WorkQueue::withdraw(Ticket ticket) {
  Task task;  // destroyed outside of the lock
  const std::lock_guard lock(mutex_);
  const auto place = std::find_if(waiting_.begin(), waiting_.end(),
                                  [ticket](const Waiting& one) { return one.ticket == ticket; });
  if (place == waiting_.end()) return false;
  task = std::move(place->task);
  waiting_.erase(place);
  return true;
}

void WorkQueue::hurry(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto place = std::find_if(waiting_.begin(), waiting_.end(),
                                  [ticket](const Waiting& one) { return one.ticket == ticket; });
  if (place == waiting_.end()) return;
  // The thread takes the lock before it looks what there is to run.
  try {
    if (!hurries_) start_thread(hurried_);
    hurries_ = true;
    hurried_.push_back(std::move(*place));
  } catch (const std::exception&) {
    return;  // without a thread or memory it ends in its turn
  }
  waiting_.erase(place);
}

/// Throws std::exception if there is none, or no memory for it.
void WorkQueue::start_thread(std::deque<Waiting>& from) {
  std::thread([this, &from] { run(from); }).detach();
}

/// A thread, which has a slot unless its tasks are hurried: runs tasks as long as there are any.
void WorkQueue::run(std::deque<Waiting>& from) {
  lower_priority();
  std::unique_lock lock(mutex_);
  while (!from.empty() && (&from == &hurried_ || may_keep_slot())) {
    Task task = std::move(from.front().task);
    from.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  if (&from == &hurried_) {
    hurries_ = false;
  } else if (!hand_slot_to_returning()) {
    --in_use_;
  }
}

/// Tasks that have waited for something go first, and those that did not wait for a slot owe one.
bool WorkQueue::may_keep_slot() const { return returning_.empty() && in_use_ <= slots_; }

bool WorkQueue::hand_slot_to_returning() {
  if (returning_.empty() || in_use_ > slots_) return false;
  returning_.front()->has_slot = true;
  returning_.pop_front();
  returned_.notify_all();
  return true;
}

bool WorkQueue::give_up_slot() {
  const std::lock_guard lock(mutex_);
  if (hand_slot_to_returning()) return true;
  if (waiting_.empty() || in_use_ > slots_) {
    --in_use_;
    return true;
  }
  try {
    start_thread(waiting_);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void WorkQueue::take_slot_again(const std::function<bool()>& is_urgent) {
  std::unique_lock lock(mutex_);
  if (in_use_ < slots_) {
    ++in_use_;
    return;
  }
  Returning self;
  try {
    returning_.push_back(&self);
  } catch (const std::exception&) {
    ++in_use_;  // without memory to wait in, it goes on as if it were urgent
    return;
  }
  while (!self.has_slot && !is_urgent()) {
    returned_.wait_for(lock, std::chrono::milliseconds(10));
  }
  if (self.has_slot) return;
  returning_.remove(&self);
  ++in_use_;
}

}  // namespace chainrule
