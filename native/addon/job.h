#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "fit/trainer.h"

namespace chainrule {

/// Work on a thread of its own behind a promise: all the asynchronous plumbing of the addon.
/// libuv's threads are left to the process. While it runs the event loop stays alive. A second
/// thread, the messenger, carries news from the working thread to the JavaScript thread.
class Job {
 public:
  using Stop = std::shared_ptr<std::atomic<bool>>;
  /// Called on a thread of its own; reports epochs through the job. May throw.
  using Work = std::function<void(Job& job)>;
  /// Called on the JavaScript thread when the work is done: what the promise resolves with.
  using Result = std::function<Napi::Value(Napi::Env env)>;

  /// Starts the work; the job deletes itself when it is over. `on_epoch` may be empty.
  static Napi::Promise start(Napi::Env env, Work work, Result result, Napi::Function on_epoch,
                             Stop stop);

  const std::atomic<bool>& stop() const { return *stop_; }
  /// Has `outcome` given to the JavaScript callback, soon or with the next ones. Waits while too
  /// many are undelivered.
  void report(const EpochOutcome& outcome);

 private:
  static void on_call(Napi::Env env, Napi::Function callback, Job* job, void* data);
  using Clock = std::chrono::steady_clock;
  using Channel = Napi::TypedThreadSafeFunction<Job, void, on_call>;

  Job(Napi::Env env, Work work, Result result, Stop stop);
  static void on_environment_exit(void* job);
  void run();
  void work();
  template <typename Change>
  void tell(const Change& change);
  bool must_signal();
  void deliver(Napi::Env env);
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  Work work_;
  Result result_;
  Stop stop_;
  Napi::FunctionReference on_epoch_;
  Napi::ObjectReference callback_error_;  // an array of one value
  Channel channel_;
  std::thread thread_;         // the messenger's; it starts the working thread and waits for it
  bool has_messenger_ = true;  // false: there was no second thread to be had
  std::exception_ptr error_;   // written by the working thread before `finished_`

  std::mutex mutex_;
  std::condition_variable changed_;    // for the messenger
  std::condition_variable delivered_;  // for the working thread
  bool news_ = false;                  // for the messenger
  std::deque<EpochOutcome> epochs_;    // not delivered yet
  Clock::time_point announced_;        // the last epoch that was
  bool signalled_ = false;             // a call is on its way that will deliver them
  bool finished_ = false;
  bool end_delivered_ = false;  // the JavaScript thread has seen all, and the end
  bool closing_ = false;        // the environment is: nothing is delivered any more
};

}  // namespace chainrule
