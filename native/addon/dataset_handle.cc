#include "dataset_handle.h"

#include "addon.h"
#include "convert.h"
#include "runtime/memory.h"

namespace chainrule {
namespace {

/// Marks dataset objects: code can swap prototypes, but not tags.
constexpr napi_type_tag kTag = {0x6368'6169'6e72'756c, 0x6461'7461'7365'7431};

size_t values_a_row(const Napi::Value& array, size_t rows) {
  if (!array.IsTypedArray() || rows == 0) return 0;
  return array.As<Napi::TypedArray>().ElementLength() / rows;
}

}  // namespace

Napi::Function DatasetHandle::define(Napi::Env env) {
  return DefineClass(env, "Dataset", {InstanceMethod<&DatasetHandle::dispose>("dispose")});
}

DatasetHandle::DatasetHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DatasetHandle>(info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsObject()) throw Error(ErrorCode::kOption, "a dataset needs samples");
    const Napi::Object object = info[0].As<Napi::Object>();
    const size_t rows = static_cast<size_t>(object.Get("rows").ToNumber().Int64Value());
    const size_t in = values_a_row(object.Get("inputs"), rows);
    const size_t out = values_a_row(object.Get("targets"), rows);
    // 0 outputs: a fit checks the labels, since its network has the number of classes.
    const Napi::Value targets = object.Get("targets");
    const bool labels = targets.IsTypedArray() &&
                        targets.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
    const BorrowedSamples samples = to_samples(object, in, labels ? 0 : out, true);
    const auto& collected = Addon::of(info.Env()).collected();
    auto dataset = collected->make(info.Env(), [&] {
      const size_t values = rows * (in + (labels ? 1 : out) + (samples.view.weights ? 1 : 0));
      require_memory(sizeof(float) * values, "a copy of " + std::to_string(rows) + " rows");
      return std::make_shared<const Dataset>(samples.view, in, labels ? 0 : out);
    });
    reported_bytes_ = static_cast<int64_t>(dataset->bytes());
    dataset_ = std::move(dataset);
    Napi::Object self = info.This().As<Napi::Object>();
    self.TypeTag(&kTag);
    self.DefineProperty(Napi::PropertyDescriptor::Value(
        "rows", Napi::Number::New(info.Env(), static_cast<double>(dataset_->rows())),
        napi_enumerable));
    Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reported_bytes_);
    // Last: of an object that could not be made, no destructor runs.
    collected->add(this);
    collected_ = collected;
  });
}

DatasetHandle::~DatasetHandle() {
  if (collected_ != nullptr) collected_->remove(this);
  release();
}

void DatasetHandle::release() {
  // A running fit has its own shared pointer and continues.
  dataset_.reset();
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -reported_bytes_);
  reported_bytes_ = 0;
}

std::shared_ptr<const Dataset> DatasetHandle::unwrap(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw Error(ErrorCode::kOption, "expected a dataset of the native engine");
  }
  const std::shared_ptr<const Dataset> dataset = Unwrap(value.As<Napi::Object>())->dataset_;
  if (dataset == nullptr) throw Error(ErrorCode::kDisposed, "the dataset was disposed of");
  return dataset;
}

void DatasetHandle::dispose(const Napi::CallbackInfo&) { release(); }

}  // namespace chainrule
