#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "mailbox.h"
#include "runtime/work_queue.h"

namespace chainrule {

/// Work behind a promise: it waits in a queue, runs on a thread of its own, and reports rows of
/// numbers to a JavaScript function. The event loop stays alive until it has ended.
class Job : public Receiver, public std::enable_shared_from_this<Job> {
 public:
  /// Runs on the working thread. May throw.
  using Work = std::function<void(Job& job)>;
  /// Runs on the JavaScript thread when the work is done; the promise resolves with its value.
  using Result = std::function<Napi::Value(Napi::Env env)>;
  /// Who hears of the rows: `EpochListener` in src/engine/fit-contract.ts. Empty if there are none.
  struct Listener {
    Napi::Function function;
    bool waits;
  };

  /// Throws Error(kMemory) if the system gives no thread for it.
  static std::shared_ptr<Job> start(Napi::Env env, WorkQueue& queue, Work work, Result result,
                                    const Listener& listener);
  Napi::Promise promise() const { return deferred_.Promise(); }

  /// Any thread: the work should end soon.
  void stop();
  const std::atomic<bool>& stopped() const { return stop_; }

  /// The work reports a row, and waits until the listener has heard it if that was asked for.
  void report(const std::vector<double>& row);

  void receive(Napi::Env env) override;
  void close() override;

 private:
  Job(Napi::Env env, WorkQueue& queue, Work work, Result result, const Listener& listener);
  void run();
  void post();
  void wait_until_heard(std::unique_lock<std::mutex>& lock);
  void tell_listener(Napi::Env env, const std::vector<double>& rows);
  bool await_promise(Napi::Env env, const Napi::Value& value);
  void fail(const Napi::Value& reason);
  void heard();
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  WorkQueue& queue_;
  WorkQueue::Ticket ticket_ = 0;
  Work work_;
  Result result_;
  Napi::FunctionReference listener_;
  Napi::ObjectReference error_of_listener_;  // an array of one value
  const bool waits_;
  std::shared_ptr<Mailbox> mailbox_;
  std::atomic<bool> stop_{false};
  std::exception_ptr error_;  // written by the working thread before `finished_`

  std::mutex mutex_;
  std::condition_variable changed_;  // for the working thread, and for `close`
  std::vector<double> rows_;         // not delivered yet
  bool posted_ = false;              // the mailbox will call
  bool heard_ = true;                // the listener is through with the last row
  bool promised_ = false;            // it has returned a promise, which is pending
  bool finished_ = false;
  bool closing_ = false;  // the environment is closing: nothing more is delivered
};

}  // namespace chainrule
