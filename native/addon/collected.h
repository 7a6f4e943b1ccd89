#pragma once

#include <napi.h>

#include <cstddef>
#include <unordered_set>

#include "runtime/error.h"

namespace chainrule {

/// A JavaScript object that holds memory of the core.
class Holder {
 public:
  virtual ~Holder() = default;
  virtual bool is_collected() const = 0;
  /// Gives the memory back. A collected holder is not used again, but for its destructor.
  virtual void release() = 0;
};

/// The holders of an environment. Node runs finalizers only after the current turn, so that a loop
/// which makes networks in one turn would keep all of them; a FinalizationRegistry waits as well.
/// But a weak reference is empty from the collection on. So whoever makes a holder first releases
/// those that have been collected. For the JavaScript thread only.
class Collected {
 public:
  void add(Holder* holder) { holders_.insert(holder); }
  void remove(Holder* holder) { holders_.erase(holder); }

  /// Releases the holders that have been collected. Takes no time if nothing has been collected
  /// since the last call.
  void release(Napi::Env env);

  /// Makes what takes memory. If there is none left, lets V8 collect garbage and tries once more.
  template <typename Make>
  auto make(Napi::Env env, Make&& make) {
    release(env);
    try {
      return make();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kMemory) throw;
    }
    collect_garbage(env);
    return make();
  }

  /// Collects garbage, and releases the holders among it.
  void collect_garbage(Napi::Env env);

 private:
  std::unordered_set<Holder*> holders_;
  /// Weak, to an object that nothing else refers to: empty after the next collection.
  Napi::ObjectReference sentinel_;
};

}  // namespace chainrule
