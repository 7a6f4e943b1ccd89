#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "convert.h"
#include "job.h"
#include "network/network.h"

namespace chainrule {

/// The memory that V8's garbage collector was told a network holds, so that it knows what
/// collecting the handle would free. Fits share this: they allocate buffers, and may outlive the
/// handle. Only for the JavaScript thread.
class ReportedMemory {
 public:
  void report(Napi::Env env, const Network& network) {
    if (!closed_) adjust(env, static_cast<int64_t>(network.bytes()));
  }
  /// Reports that the handle holds nothing now.
  void close(Napi::Env env) {
    adjust(env, 0);
    closed_ = true;
  }

 private:
  void adjust(Napi::Env env, int64_t bytes) {
    if (bytes == bytes_) return;
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes - bytes_);
    bytes_ = bytes;
  }

  int64_t bytes_ = 0;
  bool closed_ = false;
};

/// The addon's `Network`, with the interface of BackendNetwork in src/engine/contract.ts.
class NetworkHandle : public Napi::ObjectWrap<NetworkHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NetworkHandle(const Napi::CallbackInfo& info);
  ~NetworkHandle() override;

 private:
  Napi::Value fit(const Napi::CallbackInfo& info);
  Napi::Value train_batch(const Napi::CallbackInfo& info);
  Napi::Value loss_and_gradients(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value predict_async(const Napi::CallbackInfo& info);
  Napi::Value get_parameters(const Napi::CallbackInfo& info);
  Napi::Value set_parameters(const Napi::CallbackInfo& info);
  Napi::Value get_optimizer_state(const Napi::CallbackInfo& info);
  Napi::Value set_optimizer_state(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  /// A shared pointer for the duration of a call: reading the arguments may run JavaScript that
  /// disposes of the network. Throws Error(kDisposed).
  std::shared_ptr<Network> network() const;
  static BorrowedSamples samples_of(const Napi::CallbackInfo& info, const Network& network);

  std::shared_ptr<Network> network_;
  Job::Stop stop_;  // of the latest fit
  std::shared_ptr<ReportedMemory> memory_ = std::make_shared<ReportedMemory>();
};

}  // namespace chainrule
