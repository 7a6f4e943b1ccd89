#pragma once

#include <stdexcept>
#include <string>

namespace chainrule {

/// What went wrong, for programs; the same names as `ErrorCode` in src/error.ts.
enum class ErrorCode { kOption, kShape, kData, kDiverged, kBackend, kBusy, kDisposed, kMemory };

/// The one exception that the core throws.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace chainrule
