#pragma once

#include <napi.h>

#include <memory>

#include "collected.h"
#include "data/dataset.h"

namespace chainrule {

/// The addon's `Dataset`: a copy of the data, shared with the fits that use it.
class DatasetHandle : public Napi::ObjectWrap<DatasetHandle>, private Holder {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DatasetHandle(const Napi::CallbackInfo& info);
  ~DatasetHandle() override;

  /// The dataset of a JavaScript value. Throws Error(kOption) if the value is something else, and
  /// Error(kDisposed).
  static std::shared_ptr<const Dataset> unwrap(const Napi::Value& value);

 private:
  bool is_collected() const override { return Value().IsEmpty(); }
  void release() override;
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<Collected> collected_;  // that knows this handle
  int64_t reported_bytes_ = 0;
};

}  // namespace chainrule
