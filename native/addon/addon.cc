#include "addon.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "convert.h"
#include "dataset_handle.h"
#include "kernels/blas.h"
#include "network_handle.h"
#include "runtime/cpu.h"
#include "runtime/cpu_features.h"
#include "runtime/memory.h"
#include "runtime/thread_pool.h"

namespace chainrule {
namespace {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOption:
      return "ERR_OPTION";
    case ErrorCode::kShape:
      return "ERR_SHAPE";
    case ErrorCode::kData:
      return "ERR_DATA";
    case ErrorCode::kDiverged:
      return "ERR_DIVERGED";
    case ErrorCode::kBackend:
      return "ERR_BACKEND";
    case ErrorCode::kBusy:
      return "ERR_BUSY";
    case ErrorCode::kDisposed:
      return "ERR_DISPOSED";
    case ErrorCode::kMemory:
      return "ERR_MEMORY";
  }
  return "ERR_BACKEND";
}

const char* name_of(Gemm gemm) { return gemm == Gemm::kOwn ? "own" : "openblas"; }

#define CHAINRULE_TEXT_OF(macro) CHAINRULE_TEXT(macro)
#define CHAINRULE_TEXT(tokens) #tokens

/// The version of the package that this was compiled from.
constexpr const char* kVersion = CHAINRULE_TEXT_OF(CHAINRULE_VERSION);

Napi::Array to_array(Napi::Env env, const std::vector<std::string_view>& texts) {
  Napi::Array array = Napi::Array::New(env, texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    array.Set(static_cast<uint32_t>(i), Napi::String::New(env, std::string(texts[i])));
  }
  return array;
}

}  // namespace

Addon::Addon(Napi::Env env, Napi::Object exports) {
  // Read here because the core must not depend on environment variables.
  const char* forced = std::getenv("CHAINRULE_SIMD");
  if (const char* products = std::getenv("CHAINRULE_PRODUCTS")) products_ = products;
  try {
    kernels_ = &kernels_named(forced);
  } catch (const Error& error) {
    Napi::Error refusal = Napi::Error::New(env, std::string("CHAINRULE_SIMD: ") + error.what());
    refusal.Set("code", Napi::String::New(env, "CHAINRULE_SIMD"));
    throw refusal;
  }
  std::vector<std::string_view> sets;
  for (const Kernels* kernels : supported_kernels()) sets.emplace_back(kernels->name);
  DefineAddon(
      exports,
      {InstanceValue("version", Napi::String::New(env, kVersion), napi_enumerable),
       InstanceValue("simd", Napi::String::New(env, kernels_->name), napi_enumerable),
       InstanceValue("instructionSets", to_array(env, sets), napi_enumerable),
       InstanceValue("blas", Napi::String::New(env, blas_description()), napi_enumerable),
       InstanceValue("gemm", Napi::String::New(env, name_of(kernels_->gemm)), napi_enumerable),
       InstanceValue("cpuFeatures", to_array(env, cpu_features()), napi_enumerable),
       InstanceValue("cpuFeaturesDisabled", to_array(env, cpu_features_not_enabled()),
                     napi_enumerable),
       InstanceValue("usableCores", Napi::Number::New(env, static_cast<double>(usable_cores())),
                     napi_enumerable),
       InstanceValue("Network", NetworkHandle::define(env), napi_enumerable),
       InstanceValue("Dataset", DatasetHandle::define(env), napi_enumerable),
       InstanceMethod("setErrorClass", &Addon::set_error_class, napi_enumerable),
       InstanceMethod("setNewArrays", &Addon::set_new_arrays, napi_enumerable),
       InstanceMethod("resolveGemm", &Addon::resolve_gemm, napi_enumerable),
       InstanceMethod("firstNonFinite", &Addon::first_non_finite, napi_enumerable),
       InstanceMethod("memory", &Addon::memory, napi_enumerable),
       InstanceMethod("setMemoryLimit", &Addon::set_memory_limit, napi_enumerable),
       InstanceMethod("collectGarbage", &Addon::collect_garbage, napi_enumerable)});
}

namespace {

/// What a call into JavaScript has given. Throws what it threw, as a Napi::Error, or Terminated.
napi_value result_of(Napi::Env env, napi_status status, napi_value result) {
  if (status == napi_ok) return result;
  napi_value thrown = nullptr;
  napi_valuetype type = napi_undefined;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_typeof(env, thrown, &type);
  // Our functions throw errors only.
  if (type != napi_object) throw Terminated{};
  throw Napi::Error(env, thrown);
}

/// What `make(size)` gives; without one, as in tests of the addon alone, what `new Class(size)`
/// does.
template <typename Array>
Array new_array(Napi::Env env, const Napi::FunctionReference& make, const char* class_name,
                size_t size) {
  const napi_value length = Napi::Number::New(env, static_cast<double>(size));
  napi_value array = nullptr;
  const napi_status status =
      make.IsEmpty() ? napi_new_instance(env, env.Global().Get(class_name), 1, &length, &array)
                     : napi_call_function(env, env.Undefined(), make.Value(), 1, &length, &array);
  return Array(env, result_of(env, status, array));
}

}  // namespace

Napi::Float32Array Addon::new_floats(Napi::Env env, size_t size) const {
  return new_array<Napi::Float32Array>(env, new_floats_, "Float32Array", size);
}

Napi::Float64Array Addon::new_doubles(Napi::Env env, size_t size) const {
  return new_array<Napi::Float64Array>(env, new_doubles_, "Float64Array", size);
}

const std::shared_ptr<Mailbox>& Addon::mailbox(Napi::Env env) {
  if (mailbox_ == nullptr) mailbox_ = Mailbox::open(env);
  return mailbox_;
}

Napi::Error Addon::to_js(Napi::Env env, ErrorCode code, const char* message) {
  if (error_class_.IsEmpty()) return Napi::Error::New(env, message);
  const napi_value arguments[] = {Napi::String::New(env, name_of(code)),
                                  Napi::String::New(env, message)};
  napi_value error = nullptr;
  const napi_status status = napi_new_instance(env, error_class_.Value(), 2, arguments, &error);
  return Napi::Error(env, result_of(env, status, error));
}

Napi::Value Addon::set_error_class(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsFunction()) throw Error(ErrorCode::kOption, "setErrorClass takes a class");
    error_class_ = Napi::Persistent(info[0].As<Napi::Function>());
    return info.Env().Undefined();
  });
}

ProductsDemand Addon::products() const {
  try {
    return products_named(products_);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("CHAINRULE_PRODUCTS: ") + error.what());
  }
}

/// setNewArrays(newFloats, newDoubles): functions that make the arrays of results, in the realm of
/// whoever asks for them. They take the length, and throw if there is no memory.
Napi::Value Addon::set_new_arrays(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsFunction() || !info[1].IsFunction())
      throw Error(ErrorCode::kOption, "setNewArrays takes two functions");
    new_floats_ = Napi::Persistent(info[0].As<Napi::Function>());
    new_doubles_ = Napi::Persistent(info[1].As<Napi::Function>());
    return info.Env().Undefined();
  });
}

const Kernels& Addon::kernels(const Napi::Value& gemm) const {
  const std::string choice = gemm.ToString();
  if (choice == "auto") return *kernels_;
  for (const Gemm one : {Gemm::kOwn, Gemm::kOpenBlas}) {
    if (choice == name_of(one)) return kernels_named(kernels_->name, one);
  }
  throw Error(ErrorCode::kOption, "'" + choice + "' is no gemm");
}

/// Who computes the products of a network with this choice.
Napi::Value Addon::resolve_gemm(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::String::New(info.Env(), name_of(kernels(info[0]).gemm));
  });
}

Napi::Value Addon::first_non_finite(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsTypedArray()) throw Error(ErrorCode::kOption, "values must be a Float32Array");
    const size_t size = info[0].As<Napi::TypedArray>().ElementLength();
    const float* values = to_floats(info[0], size, "values");
    const size_t at = kernels_->first_non_finite(values, size);
    return Napi::Number::New(info.Env(), at == size ? -1.0 : static_cast<double>(at));
  });
}

/// The memory that the core holds now, for tests and for finding leaks.
Napi::Value Addon::memory(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const MemoryCounters& counters = memory_counters();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("bytes", static_cast<double>(counters.bytes.load()));
    object.Set("blocks", static_cast<double>(counters.blocks.load()));
    const int64_t limit = counters.limit.load();
    object.Set("limit", limit == INT64_MAX ? std::numeric_limits<double>::infinity()
                                           : static_cast<double>(limit));
    object.Set("allocations", static_cast<double>(counters.allocations.load()));
    object.Set("reported",
               static_cast<double>(Napi::MemoryManagement::AdjustExternalMemory(info.Env(), 0)));
    object.Set("helperThreads", static_cast<double>(ThreadPool::shared().helpers()));
    return object;
  });
}

/// How much the core may hold, in all environments of the process: a number of bytes, or Infinity.
Napi::Value Addon::set_memory_limit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const double bytes = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
    if (!(bytes >= 0)) throw Error(ErrorCode::kOption, "a memory limit is a number of at least 0");
    memory_counters().limit = bytes < 0x1p62 ? static_cast<int64_t>(bytes) : INT64_MAX;
    return info.Env().Undefined();
  });
}

/// Collects garbage at once, and gives back what networks among it held.
Napi::Value Addon::collect_garbage(const Napi::CallbackInfo& info) {
  collected_->collect_garbage(info.Env());
  return info.Env().Undefined();
}

}  // namespace chainrule

using chainrule::Addon;
NODE_API_ADDON(Addon)
