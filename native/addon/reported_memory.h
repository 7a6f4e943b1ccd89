#pragma once

#include <napi.h>

#include <cstdint>

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

}  // namespace chainrule
