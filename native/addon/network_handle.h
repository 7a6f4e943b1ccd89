#pragma once

#include <napi.h>

#include <memory>

#include "collected.h"
#include "convert.h"
#include "job.h"
#include "network/network.h"
#include "reported_memory.h"

namespace chainrule {

/// The addon's `Network`, with the interface of BackendNetwork in src/engine/contract.ts.
class NetworkHandle : public Napi::ObjectWrap<NetworkHandle>, private Holder {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NetworkHandle(const Napi::CallbackInfo& info);
  ~NetworkHandle() override;

 private:
  bool is_collected() const override { return Value().IsEmpty(); }
  void release() override;

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
  Napi::Value products(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  /// A shared pointer for the duration of a call: reading the arguments may run JavaScript that
  /// disposes of the network. Throws Error(kDisposed).
  std::shared_ptr<Network> network() const;
  static BorrowedSamples samples_of(const Napi::CallbackInfo& info, const Network& network);

  std::shared_ptr<Network> network_;
  std::shared_ptr<Collected> collected_;  // that knows this handle
  std::weak_ptr<Job> fit_;                // the latest
  std::shared_ptr<ReportedMemory> memory_ = std::make_shared<ReportedMemory>();
};

}  // namespace chainrule
