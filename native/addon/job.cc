#include "job.h"

#include <chrono>
#include <utility>

#include "addon.h"
#include "convert_fit.h"
#include "runtime/cpu.h"

namespace chainrule {
namespace {

// Epochs that may wait for the event loop. A fit whose epochs are shorter than its callbacks must
// wait at this limit.
constexpr size_t kMostUndelivered = 64;
// Waking the messenger costs the working thread some 10 us, so epochs that follow each other faster
// than this are announced together.
constexpr auto kNoticePause = std::chrono::milliseconds(2);
// How long one delivery may block the event loop.
constexpr auto kDeliveryTime = std::chrono::milliseconds(4);

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
  // The channel's finalizer is always the last to use the job, and deletes it.
  job->channel_ = Channel::New(env, "chainrule", 0, 1, job.get(),
                               [](Napi::Env, void*, Job* finished) { delete finished; });
  Job* raw = job.release();
  // Registered after the channel, so called before the channel is torn down.
  napi_add_env_cleanup_hook(env, on_environment_exit, raw);
  try {
    raw->thread_ = std::thread([raw] { raw->run(); });
  } catch (...) {
    napi_remove_env_cleanup_hook(env, on_environment_exit, raw);
    raw->work_ = nullptr;  // releases at once what they hold
    raw->result_ = nullptr;
    raw->channel_.Release();
    throw;
  }
  return promise;
}

// ---- On the working thread -------------------------------------------------------------------

void Job::work() {
  lower_priority();
  try {
    work_(*this);
  } catch (...) {
    error_ = std::current_exception();
  }
  tell([this] { finished_ = true; });
}

void Job::report(const EpochOutcome& outcome) {
  const auto now = Clock::now();
  std::unique_lock lock(mutex_);
  epochs_.push_back(outcome);
  if (now - announced_ >= kNoticePause || epochs_.size() >= kMostUndelivered / 2) {
    announced_ = now;
    news_ = true;
    const bool signals = !has_messenger_ && must_signal();
    lock.unlock();
    changed_.notify_one();
    if (signals) channel_.NonBlockingCall();
    lock.lock();
  }
  while (epochs_.size() >= kMostUndelivered && !*stop_) {
    // A delivery that ran out of time relies on the messenger for the next call.
    if (!has_messenger_ && must_signal()) channel_.NonBlockingCall();
    // Nothing notifies of a change to `stop`.
    delivered_.wait_for(lock, std::chrono::milliseconds(10));
  }
}

void Job::wait_for_delivery() {
  tell([] {});  // epochs that were not announced yet
  std::unique_lock lock(mutex_);
  while ((!epochs_.empty() || delivering_) && !*stop_) {
    if (!has_messenger_ && must_signal()) channel_.NonBlockingCall();
    // As in `report`.
    delivered_.wait_for(lock, std::chrono::milliseconds(10));
  }
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

// ---- On the messenger's thread ---------------------------------------------------------------

// Node calls the JavaScript thread under a lock, which the JavaScript thread takes when it wakes.
// If a working thread made the call, the JavaScript thread would preempt it and then wait for the
// lock until the scheduler ran the working thread again: with eight fits on two cores, 50 ms. A
// thread that mostly sleeps runs again at once.
void Job::run() {
  std::thread worker;
  try {
    worker = std::thread([this] { work(); });
  } catch (const std::exception&) {
    has_messenger_ = false;
    work();  // could not start a second thread
  }
  bool signalled = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto is_woken = [this] { return news_ || end_delivered_ || (closing_ && finished_); };
      // Epochs that came too soon to be announced wait no longer than the pause.
      if (signalled && !changed_.wait_for(lock, kNoticePause, is_woken)) news_ = !epochs_.empty();
      changed_.wait(lock, is_woken);
      if (end_delivered_ || (closing_ && finished_)) break;
      signalled = must_signal();
    }
    // Fails only if the environment is closing, and then nobody waits for an answer.
    if (signalled) channel_.NonBlockingCall();
  }
  if (worker.joinable()) worker.join();
}

/// Whether to call the JavaScript thread so that it fetches the news. A call on its way will fetch
/// everything. Takes the same lock as the delivery of the end, after which nobody may call.
bool Job::must_signal() {
  news_ = false;
  return !std::exchange(signalled_, true);
}

// ---- On the JavaScript thread ----------------------------------------------------------------

void Job::on_call(Napi::Env env, Napi::Function, Job* job, void*) {
  if (env == nullptr) return;  // the environment is closing
  guarded(env, [&] { job->deliver(env); });
}

/// Delivers epochs, for no longer than one turn may take. The messenger calls again only
/// afterwards, so that the event loop turns in between.
void Job::deliver(Napi::Env env) {
  const auto start = Clock::now();
  bool finished = false;
  for (;;) {
    EpochOutcome outcome;
    {
      std::lock_guard lock(mutex_);
      delivering_ = false;
      if (epochs_.empty() || Clock::now() - start > kDeliveryTime) {
        signalled_ = false;
        news_ = news_ || !epochs_.empty();
        finished = finished_ && epochs_.empty();
        end_delivered_ = finished;
        break;
      }
      outcome = std::move(epochs_.front());
      epochs_.pop_front();
      delivering_ = true;
    }
    delivered_.notify_one();
    if (on_epoch_.IsEmpty() || !callback_error_.IsEmpty()) continue;
    Napi::HandleScope scope(env);
    try {
      on_epoch_.Call({from_epoch(env, outcome)});
    } catch (const Napi::Error& error) {
      // The callback's error ends the fit, and its promise rejects with it. It may be any value,
      // but only objects can be referenced, so an array holds it.
      *stop_ = true;
      Napi::Array holder = Napi::Array::New(env, 1);
      holder.Set(0u, error.Value());
      callback_error_ = Napi::Persistent(holder.As<Napi::Object>());
    }
  }
  delivered_.notify_one();
  changed_.notify_one();
  if (finished) settle(env);
}

void Job::settle(Napi::Env env) {
  thread_.join();
  napi_remove_env_cleanup_hook(env, on_environment_exit, this);
  try {
    if (!callback_error_.IsEmpty()) {
      deferred_.Reject(callback_error_.Value().Get(0u));
    } else {
      deferred_.Resolve(guarded(env, [this, env] {
        if (error_ != nullptr) std::rethrow_exception(error_);
        return result_(env);
      }));
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
  // The job is deleted a little after its promise settles. The caller may then dispose of the
  // network and expect its memory back, so release it here.
  work_ = nullptr;
  result_ = nullptr;
  channel_.Release();
}

void Job::on_environment_exit(void* raw) {
  Job* job = static_cast<Job*>(raw);
  *job->stop_ = true;
  job->tell([job] { job->closing_ = true; });
  if (job->thread_.joinable()) job->thread_.join();
}

}  // namespace chainrule
