#include "mailbox.h"

#include <chrono>
#include <exception>
#include <utility>

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

// How long the deliveries of one turn may block the event loop.
constexpr auto kDeliveryTime = std::chrono::milliseconds(4);

}  // namespace

std::shared_ptr<Mailbox> Mailbox::open(Napi::Env env) {
  std::shared_ptr<Mailbox> mailbox(new Mailbox);
  // Node's own, which it finalizes when the environment has closed.
  auto* kept = new std::shared_ptr<Mailbox>(mailbox);
  mailbox->channel_ = Channel::New(
      env, "chainrule", 0, 1, mailbox.get(),
      [](Napi::Env, std::shared_ptr<Mailbox>* held, Mailbox*) { delete held; }, kept);
  mailbox->channel_.Unref(env);
  // Registered after the channel, so called before the channel is torn down.
  napi_add_env_cleanup_hook(env, on_environment_exit, mailbox.get());
  try {
    mailbox->messenger_ = std::thread([raw = mailbox.get()] { raw->carry(); });
  } catch (const std::exception&) {
    // No further thread, or no memory for it: working threads call themselves.
  }
  return mailbox;
}

void Mailbox::expect(Napi::Env env, const std::shared_ptr<Receiver>& receiver) {
  expected_.insert(receiver);
  if (expected_.size() == 1) channel_.Ref(env);
}

void Mailbox::forget(Napi::Env env, const std::shared_ptr<Receiver>& receiver) {
  expected_.erase(receiver);
  if (expected_.empty()) channel_.Unref(env);
}

void Mailbox::post(std::shared_ptr<Receiver> receiver) {
  bool calls = false;
  {
    const std::lock_guard lock(mutex_);
    // The list takes the receiver's own node: whoever has news must be heard without memory, too.
    std::list<std::shared_ptr<Receiver>>& place = receiver->place_;
    place.front() = std::move(receiver);
    with_news_.splice(with_news_.end(), place);
    if (called_ || closing_) return;
    calls = !messenger_.joinable();
    called_ = calls;
  }
  if (calls) {
    channel_.NonBlockingCall();
  } else {
    changed_.notify_one();
  }
}

/// The messenger. Calls again only after a delivery, so that the event loop turns in between.
void Mailbox::carry() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || (!with_news_.empty() && !called_); });
    if (closing_) return;
    called_ = true;
    lock.unlock();
    // Fails only if the environment is closing, and then nobody waits for an answer.
    channel_.NonBlockingCall();
    lock.lock();
  }
}

void Mailbox::on_call(Napi::Env env, Napi::Function, Mailbox* mailbox, void*) {
  if (env != nullptr) mailbox->deliver(env);
}

void Mailbox::deliver(Napi::Env env) {
  const auto start = Clock::now();
  bool calls = false;
  for (;;) {
    std::shared_ptr<Receiver> receiver;
    {
      const std::lock_guard lock(mutex_);
      if (with_news_.empty() || Clock::now() - start > kDeliveryTime) {
        calls = !with_news_.empty() && !messenger_.joinable();
        called_ = calls;
        break;
      }
      receiver = std::move(with_news_.front());
      receiver->place_.splice(receiver->place_.end(), with_news_, with_news_.begin());
    }
    const Napi::HandleScope scope(env);
    receiver->receive(env);
  }
  if (calls) channel_.NonBlockingCall();
  changed_.notify_one();
}

void Mailbox::on_environment_exit(void* mailbox) { static_cast<Mailbox*>(mailbox)->close(); }

void Mailbox::close() {
  for (const auto& receiver : expected_) receiver->close();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (messenger_.joinable()) messenger_.join();
  with_news_.clear();
  expected_.clear();
}

}  // namespace chainrule
