#include "job.h"

#include <chrono>
#include <utility>

#include "addon.h"

namespace chainrule {
namespace {

// Where nobody waits for a row, they are delivered when there are so many numbers: some thousand
// epochs.
constexpr size_t kDelivery = 1 << 13;
// The work waits if so many are undelivered, because the event loop is blocked.
constexpr size_t kMostUndelivered = 1 << 18;

}  // namespace

Job::Job(Napi::Env env, WorkQueue& queue, Work work, Result result, const Listener& listener)
    : deferred_(Napi::Promise::Deferred::New(env)),
      queue_(queue),
      work_(std::move(work)),
      result_(std::move(result)),
      waits_(listener.waits),
      mailbox_(Addon::of(env).mailbox(env)) {
  if (!listener.function.IsEmpty()) listener_ = Napi::Persistent(listener.function);
}

std::shared_ptr<Job> Job::start(Napi::Env env, WorkQueue& queue, Work work, Result result,
                                const Listener& listener) {
  std::shared_ptr<Job> job(new Job(env, queue, std::move(work), std::move(result), listener));
  job->mailbox_->expect(env, job);
  try {
    job->ticket_ = queue.submit([job] { job->run(); });
  } catch (...) {
    job->mailbox_->forget(env, job);
    throw;
  }
  return job;
}

void Job::stop() {
  stop_ = true;
  changed_.notify_all();
  queue_.hurry(ticket_);
}

// ---- On the working thread -------------------------------------------------------------------

void Job::run() {
  try {
    work_(*this);
  } catch (...) {
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  post();
  // Under the lock: when `close` returns, this is no longer used.
  changed_.notify_all();
}

/// Under the lock.
void Job::post() {
  if (closing_ || std::exchange(posted_, true)) return;
  mailbox_->post(shared_from_this());
}

void Job::report(const std::vector<double>& row) {
  std::unique_lock lock(mutex_);
  if (closing_) return;
  rows_.insert(rows_.end(), row.begin(), row.end());
  if (waits_) {
    heard_ = false;
    post();
    wait_until_heard(lock);
    return;
  }
  if (rows_.size() >= kDelivery) post();
  while (rows_.size() >= kMostUndelivered && !stop_ && !closing_) {
    // Nothing that notifies takes the lock to change `stop_`.
    changed_.wait_for(lock, std::chrono::milliseconds(10));
  }
}

void Job::wait_until_heard(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return heard_ || promised_ || closing_; });
  if (heard_ || closing_) return;
  // A promise may take as long as it likes.
  lock.unlock();
  const bool gave_up = queue_.give_up_slot();
  lock.lock();
  changed_.wait(lock, [this] { return heard_ || closing_; });
  lock.unlock();
  if (gave_up) queue_.take_slot_again([this] { return stop_.load(); });
  lock.lock();
}

// ---- On the JavaScript thread ----------------------------------------------------------------

void Job::receive(Napi::Env env) {
  std::vector<double> rows;
  bool ends = false;
  {
    const std::lock_guard lock(mutex_);
    posted_ = false;
    rows.swap(rows_);
    ends = finished_;
  }
  changed_.notify_all();
  if (!rows.empty()) tell_listener(env, rows);
  if (ends) settle(env);
}

void Job::tell_listener(Napi::Env env, const std::vector<double>& rows) {
  bool pends = false;
  // After an error it hears of nothing more.
  if (!listener_.IsEmpty() && error_of_listener_.IsEmpty()) {
    try {
      const Napi::Value value = guarded(env, [&] {
        Napi::Float64Array array = Addon::of(env).new_doubles(env, rows.size());
        std::copy(rows.begin(), rows.end(), array.Data());
        return listener_.Call({array});
      });
      pends = waits_ && value.IsPromise() && await_promise(env, value);
    } catch (const Napi::Error& error) {
      fail(error.Value());
    }
  }
  if (!pends) heard();
}

/// Whether the promise will call back.
bool Job::await_promise(Napi::Env env, const Napi::Value& value) {
  const auto self = shared_from_this();
  const auto resolved =
      Napi::Function::New(env, [self](const Napi::CallbackInfo&) { self->heard(); });
  const auto rejected = Napi::Function::New(env, [self](const Napi::CallbackInfo& info) {
    self->fail(info[0]);
    self->heard();
  });
  {
    const std::lock_guard lock(mutex_);
    promised_ = true;
  }
  changed_.notify_all();
  const Napi::Object promise = value.As<Napi::Object>();
  promise.Get("then").As<Napi::Function>().Call(promise, {resolved, rejected});
  return true;
}

/// The listener's error ends the work, and the promise rejects with it. It may be any value, but
/// only objects can be referenced, so an array holds it.
void Job::fail(const Napi::Value& reason) {
  stop_ = true;
  Napi::Array holder = Napi::Array::New(reason.Env(), 1);
  holder.Set(0u, reason);
  error_of_listener_ = Napi::Persistent(holder.As<Napi::Object>());
}

void Job::heard() {
  {
    const std::lock_guard lock(mutex_);
    heard_ = true;
    promised_ = false;
  }
  changed_.notify_all();
}

void Job::settle(Napi::Env env) {
  try {
    if (!error_of_listener_.IsEmpty()) {
      deferred_.Reject(error_of_listener_.Value().Get(0u));
    } else {
      const Napi::Value result = guarded(env, [this, env]() -> Napi::Value {
        if (error_ != nullptr) std::rethrow_exception(error_);
        return result_(env);
      });
      if (!result.IsEmpty()) deferred_.Resolve(result);
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
  // Whoever holds the job may let go of it on any thread, later: nothing of JavaScript's is left in
  // it, and the caller may dispose of the network now and expect its memory back.
  listener_.Reset();
  error_of_listener_.Reset();
  work_ = nullptr;
  result_ = nullptr;
  mailbox_->forget(env, shared_from_this());
}

void Job::close() {
  stop_ = true;
  const bool waits = !queue_.withdraw(ticket_);
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    if (waits) changed_.wait(lock, [this] { return finished_; });
  }
  listener_.Reset();
  error_of_listener_.Reset();
  work_ = nullptr;
  result_ = nullptr;
}

}  // namespace chainrule
