#pragma once

#include <napi.h>

#include <memory>

#include "data/dataset.h"

namespace chainrule {

/// `Dataset` of the addon: data copied in, shared with the fits that use it.
class DatasetHandle : public Napi::ObjectWrap<DatasetHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DatasetHandle(const Napi::CallbackInfo& info);
  ~DatasetHandle() override;

  /// The dataset behind a JavaScript value. Throws Error(kOption) where it is something else,
  /// Error(kDisposed).
  static std::shared_ptr<const Dataset> unwrap(const Napi::Value& value);

 private:
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<const Dataset> dataset_;
  int64_t reported_bytes_ = 0;
};

}  // namespace chainrule
