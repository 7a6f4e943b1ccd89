#include "dataset_handle.h"

#include "addon.h"
#include "convert.h"

namespace chainrule {
namespace {

size_t values_a_row(const Napi::Value& array, size_t rows) {
  if (!array.IsTypedArray() || rows == 0) return 0;
  return array.As<Napi::TypedArray>().ElementLength() / rows;
}

}  // namespace

Napi::Function DatasetHandle::define(Napi::Env env) {
  return DefineClass(env, "Dataset",
                     {InstanceAccessor<&DatasetHandle::rows>("rows", napi_enumerable),
                      InstanceMethod<&DatasetHandle::dispose>("dispose")});
}

DatasetHandle::DatasetHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DatasetHandle>(info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsObject()) throw Error(ErrorCode::kOption, "a dataset needs samples");
    const Napi::Object object = info[0].As<Napi::Object>();
    const size_t rows = static_cast<size_t>(object.Get("rows").ToNumber().Int64Value());
    const size_t in = values_a_row(object.Get("inputs"), rows);
    const size_t out = values_a_row(object.Get("targets"), rows);
    // 0 outputs: labels are held against the network at the fit, which knows how many classes it
    // has.
    const Napi::Value targets = object.Get("targets");
    const bool labels = targets.IsTypedArray() &&
                        targets.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
    const Samples samples = to_samples(object, in, labels ? 0 : out);
    auto dataset = std::make_shared<const Dataset>(samples, in, labels ? 0 : out);
    reported_bytes_ = static_cast<int64_t>(dataset->bytes());
    dataset_ = std::move(dataset);
    Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reported_bytes_);
  });
}

DatasetHandle::~DatasetHandle() {
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -reported_bytes_);
}

std::shared_ptr<const Dataset> DatasetHandle::unwrap(Napi::Env env, const Napi::Value& value) {
  if (!value.IsObject() ||
      !value.As<Napi::Object>().InstanceOf(Addon::of(env).dataset_class().Value())) {
    throw Error(ErrorCode::kOption, "expected a dataset of the native engine");
  }
  const std::shared_ptr<const Dataset> dataset = Unwrap(value.As<Napi::Object>())->dataset_;
  if (dataset == nullptr) throw Error(ErrorCode::kDisposed, "the dataset was disposed of");
  return dataset;
}

Napi::Value DatasetHandle::rows(const Napi::CallbackInfo& info) {
  const double rows = dataset_ == nullptr ? 0 : static_cast<double>(dataset_->rows());
  return Napi::Number::New(info.Env(), rows);
}

void DatasetHandle::dispose(const Napi::CallbackInfo& info) {
  // A fit under way has a share of its own and goes on.
  dataset_.reset();
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), -reported_bytes_);
  reported_bytes_ = 0;
}

}  // namespace chainrule
