#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "convert.h"
#include "job.h"
#include "network.h"

namespace chainrule {

/// `Network` of the addon, shaped as BackendNetwork in src/backend/backend.ts.
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

  /// Throws Error(kDisposed).
  /// A share for the length of a call: reading the arguments may run JavaScript, and that dispose
  /// of it.
  std::shared_ptr<Network> network() const;
  static BorrowedSamples samples_of(const Napi::CallbackInfo& info, const Network& network);
  void report_memory(Napi::Env env, int64_t bytes);

  std::shared_ptr<Network> network_;
  Job::Stop stop_;  // of the latest fit
  int64_t reported_bytes_ = 0;
};

}  // namespace chainrule
