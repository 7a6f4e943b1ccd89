#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "collected.h"
#include "kernels/kernels.h"
#include "mailbox.h"
#include "plan/products.h"
#include "runtime/error.h"

namespace chainrule {

/// JavaScript was ended within a call, by a time limit of node:vm or with its worker. Nothing can
/// catch that, and to make an exception of it would end the process.
struct Terminated {};

/// The state of one environment (the main thread's or a worker's). Environments share only the
/// thread pool and the queues of work.
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);
  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  /// The kernels for networks whose products `gemm` computes: 'own', 'openblas', or 'auto'. Throws
  /// Error(kOption, kBackend).
  const Kernels& kernels(const Napi::Value& gemm) const;

  /// What CHAINRULE_PRODUCTS asks for. Throws Error(kBackend).
  ProductsDemand products() const;

  /// A new array for a result. V8 ends the process if an addon asks it for memory that it has not
  /// got; JavaScript throws, as a Napi::Error.
  Napi::Float32Array new_floats(Napi::Env env, size_t size) const;
  Napi::Float64Array new_doubles(Napi::Env env, size_t size) const;

  /// Opened when the first job starts.
  const std::shared_ptr<Mailbox>& mailbox(Napi::Env env);

  const std::shared_ptr<Collected>& collected() { return collected_; }

  /// Converts a core error to the ChainruleError class that src/ has handed over.
  Napi::Error to_js(Napi::Env env, ErrorCode code, const char* message);

 private:
  Napi::Value set_error_class(const Napi::CallbackInfo& info);
  Napi::Value set_new_arrays(const Napi::CallbackInfo& info);
  Napi::Value resolve_gemm(const Napi::CallbackInfo& info);
  Napi::Value first_non_finite(const Napi::CallbackInfo& info);
  Napi::Value memory(const Napi::CallbackInfo& info);
  Napi::Value set_memory_limit(const Napi::CallbackInfo& info);
  Napi::Value collect_garbage(const Napi::CallbackInfo& info);

  const Kernels* kernels_;  // that 'auto' chooses
  std::string products_;    // of the environment
  Napi::FunctionReference error_class_;
  Napi::FunctionReference new_floats_;
  Napi::FunctionReference new_doubles_;
  std::shared_ptr<Collected> collected_ = std::make_shared<Collected>();
  std::shared_ptr<Mailbox> mailbox_;
};

/// Runs `body`. Throws the core's exceptions as JavaScript errors, or Terminated.
template <typename Body>
auto rethrowing(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Terminated&) {
    throw;
  } catch (const Napi::Error&) {
    throw;
  } catch (const Error& error) {
    throw Addon::of(env).to_js(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw Addon::of(env).to_js(env, ErrorCode::kMemory, "out of memory");
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

/// Runs the body of an N-API entry. Turns the core's exceptions into JavaScript errors; no C++
/// exception escapes. Gives nothing if JavaScript was ended meanwhile: it goes on ending.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return rethrowing(env, body);
  } catch (const Terminated&) {
    return decltype(body())();
  }
}

}  // namespace chainrule
