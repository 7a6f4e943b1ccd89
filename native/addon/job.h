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

/// Work on its own thread behind a promise: all of the addon's asynchronous plumbing. It leaves
/// libuv's threads to the process. The event loop stays alive while it runs. A second thread, the
/// messenger, carries news from the working thread to the JavaScript thread.
class Job {
 public:
  using Stop = std::shared_ptr<std::atomic<bool>>;
  /// Runs on its own thread; reports epochs through the job. May throw.
  using Work = std::function<void(Job& job)>;
  /// Runs on the JavaScript thread when the work is done; the promise resolves with its value.
  using Result = std::function<Napi::Value(Napi::Env env)>;

  /// Starts the work; the job deletes itself when it is over. `on_epoch` may be empty.
  static Napi::Promise start(Napi::Env env, Work work, Result result, Napi::Function on_epoch,
                             Stop stop);

  const std::atomic<bool>& stop() const { return *stop_; }
  /// Queues `outcome` for the JavaScript callback, alone or with later ones. Waits while too many
  /// are undelivered.
  void report(const EpochOutcome& outcome);
  /// Waits until the callback has returned from all of them, or the work is told to stop.
  void wait_for_delivery();

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
  bool has_messenger_ = true;  // false: could not start a second thread
  std::exception_ptr error_;   // written by the working thread before `finished_`

  std::mutex mutex_;
  std::condition_variable changed_;    // for the messenger
  std::condition_variable delivered_;  // for the working thread
  bool news_ = false;                  // for the messenger
  std::deque<EpochOutcome> epochs_;    // not delivered yet
  bool delivering_ = false;            // the callback is running
  Clock::time_point announced_;        // when an epoch was last announced
  bool signalled_ = false;             // a call that will deliver them is on its way
  bool finished_ = false;
  bool end_delivered_ = false;  // the JavaScript thread has seen everything, including the end
  bool closing_ = false;        // the environment is closing: nothing more is delivered
};

}  // namespace chainrule
