#include "job.h"

#include <chrono>
#include <condition_variable>
#include <system_error>
#include <utility>

#include "addon.h"
#include "convert.h"
#include "cpu.h"

namespace chainrule {
namespace {

/// OpenBLAS has buffers for 128 callers at once, Debian's serial build as well: jobs beyond half of
/// them wait for their turn.
class Turns {
 public:
  static Turns& shared() {
    static Turns* turns = new Turns;  // never destroyed: threads may outlive static destructors
    return *turns;
  }

  /// Returns whether it is this job's turn; false where `stop` was set while waiting.
  bool take(const std::atomic<bool>& stop) {
    std::unique_lock lock(mutex_);
    while (running_ >= kMost) {
      if (stop) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(10));
    }
    ++running_;
    return true;
  }

  void give_back() {
    {
      std::lock_guard lock(mutex_);
      --running_;
    }
    changed_.notify_one();
  }

 private:
  static constexpr int kMost = 64;
  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
};

}  // namespace

Job::Job(Napi::Env env, Work work, Result result, Stop stop)
    : deferred_(Napi::Promise::Deferred::New(env)),
      work_(std::move(work)),
      result_(std::move(result)),
      stop_(std::move(stop)) {}

Napi::Promise Job::start(Napi::Env env, Work work, Result result, Napi::Function on_epoch,
                         Stop stop) {
  auto job =
      std::unique_ptr<Job>(new Job(env, std::move(work), std::move(result), std::move(stop)));
  if (!on_epoch.IsEmpty()) job->on_epoch_ = Napi::Persistent(on_epoch);
  const Napi::Promise promise = job->deferred_.Promise();
  // The channel's finalizer is the last of the job in every case, and deletes it.
  job->channel_ = Channel::New(env, "chainrule", 0, 1, job.get(),
                               [](Napi::Env, void*, Job* finished) { delete finished; });
  Job* raw = job.release();
  // Registered after the channel, and so called before the channel is torn down.
  napi_add_env_cleanup_hook(env, on_environment_exit, raw);
  try {
    raw->thread_ = std::thread([raw] { raw->run(); });
  } catch (...) {
    napi_remove_env_cleanup_hook(env, on_environment_exit, raw);
    raw->channel_.Release();
    throw;
  }
  return promise;
}

// ---- On the working thread
// -------------------------------------------------------------------------------

void Job::work() {
  lower_priority();
  const bool turn = Turns::shared().take(*stop_);
  try {
    work_(*this);  // told to stop, it finds that out before any work
  } catch (...) {
    error_ = std::current_exception();
  }
  if (turn) Turns::shared().give_back();
  tell([this] { finished_ = true; });
}

void Job::report(const EpochOutcome& outcome) {
  tell([this, &outcome] { epochs_.push_back(outcome); });
}

template <typename Change>
void Job::tell(const Change& change) {
  {
    std::lock_guard lock(mutex_);
    change();
    news_ = true;
  }
  changed_.notify_one();
}

// ---- On the messenger's thread
// ---------------------------------------------------------------------------

// Node makes the call to the JavaScript thread under a lock that the JavaScript thread takes when
// it wakes. A working thread, which it preempts at that moment, would keep it waiting until the
// scheduler came round to it again: with eight fits on two cores, 50 ms. A thread that mostly
// sleeps is run again at once.
void Job::run() {
  std::thread worker;
  try {
    worker = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    work();  // no second thread to be had
  }
  for (bool finished = false; !finished;) {
    bool on_its_way;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return news_; });
      news_ = false;
      finished = finished_;
      // A call that is on its way will find all there is to deliver, or has found it before this
      // thread woke: one more after the end would come to a job that is gone.
      on_its_way = end_delivered_ || std::exchange(signalled_, true);
    }
    // Fails only where the environment is closing, and then nobody waits for an answer.
    if (!on_its_way) channel_.NonBlockingCall();
  }
  if (worker.joinable()) worker.join();
}

// ---- On the JavaScript thread
// ----------------------------------------------------------------------------

void Job::on_call(Napi::Env env, Napi::Function, Job* job, void*) {
  if (env == nullptr) return;  // the environment is closing
  guarded(env, [&] { job->deliver(env); });
}

void Job::deliver(Napi::Env env) {
  Napi::HandleScope scope(env);
  std::vector<EpochOutcome> epochs;
  bool finished;
  {
    std::lock_guard lock(mutex_);
    epochs.swap(epochs_);
    signalled_ = false;
    finished = finished_;
    end_delivered_ = finished;
  }
  for (const EpochOutcome& outcome : epochs) {
    if (on_epoch_.IsEmpty() || !callback_error_.IsEmpty()) break;
    try {
      on_epoch_.Call({from_epoch(env, outcome)});
    } catch (const Napi::Error& error) {
      // The caller's own error ends the fit and is what its promise rejects with.
      *stop_ = true;
      callback_error_ = Napi::Persistent(error.Value().As<Napi::Value>());
    }
  }
  if (finished) settle(env);
}

void Job::settle(Napi::Env env) {
  thread_.join();
  napi_remove_env_cleanup_hook(env, on_environment_exit, this);
  try {
    if (!callback_error_.IsEmpty()) {
      deferred_.Reject(callback_error_.Value());
    } else {
      deferred_.Resolve(guarded(env, [this, env] {
        if (error_ != nullptr) std::rethrow_exception(error_);
        return result_(env);
      }));
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
  channel_.Release();
}

void Job::on_environment_exit(void* raw) {
  Job* job = static_cast<Job*>(raw);
  *job->stop_ = true;
  if (job->thread_.joinable()) job->thread_.join();
}

}  // namespace chainrule
