#pragma once

#include <napi.h>

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace chainrule {

/// Gets news on the JavaScript thread.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Takes some of its news, for which it needs a moment only; posts itself again if there are
  /// more. Throws nothing.
  virtual void receive(Napi::Env env) = 0;
  /// The environment is closing: ends everything that might still post, and waits for that.
  virtual void close() = 0;

 private:
  friend class Mailbox;
  std::list<std::shared_ptr<Receiver>> place_{nullptr};  // its place among those with news
};

/// The way from working threads to the JavaScript thread of an environment: one for all its jobs,
/// so that together they take no more of a turn of the event loop than one of them may.
///
/// Node calls the JavaScript thread under a lock, which that thread takes when it wakes. If a
/// working thread made the call, the JavaScript thread would preempt it and then wait for the lock
/// until the scheduler ran the working thread again: with eight fits on two cores, 50 ms. So
/// another thread makes it, the messenger, which mostly sleeps and runs again at once.
class Mailbox {
 public:
  /// Stays open until the environment closes.
  static std::shared_ptr<Mailbox> open(Napi::Env env);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// While anyone is expected to post, the event loop stays alive. Both on the JavaScript thread.
  void expect(Napi::Env env, const std::shared_ptr<Receiver>& receiver);
  void forget(Napi::Env env, const std::shared_ptr<Receiver>& receiver);

  /// Any thread: `receiver` has news. Once until it has received them.
  void post(std::shared_ptr<Receiver> receiver);

 private:
  static void on_call(Napi::Env env, Napi::Function, Mailbox* mailbox, void*);
  using Channel = Napi::TypedThreadSafeFunction<Mailbox, void, on_call>;

  Mailbox() = default;
  static void on_environment_exit(void* mailbox);
  void carry();
  void deliver(Napi::Env env);
  void close();

  Channel channel_;
  std::thread messenger_;
  std::set<std::shared_ptr<Receiver>> expected_;  // only for the JavaScript thread

  std::mutex mutex_;
  std::condition_variable changed_;  // for the messenger
  std::list<std::shared_ptr<Receiver>> with_news_;
  bool called_ = false;  // a call that will deliver them is on its way
  bool closing_ = false;
};

}  // namespace chainrule
