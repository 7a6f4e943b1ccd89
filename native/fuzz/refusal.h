#pragma once

#include <optional>
#include <stdexcept>
#include <vector>

#include "network/network.h"
#include "runtime/error.h"

namespace chainrule::fuzz {

/// The core has broken a promise. So has any exception that is no Error.
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool condition, const char* promise) {
  if (!condition) throw Violation(promise);
}

/// Parameters, moments, the number of steps, and what the network predicts of a row.
std::vector<float> bits_of(Network& network);
bool same_bits(const std::vector<float>& a, const std::vector<float>& b);

/// During its lifetime the core may hold so many bytes more.
class Budget {
 public:
  explicit Budget(size_t bytes = kUsual);
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

 private:
  // Enough for what is worth computing here, too little for what would take seconds.
  static constexpr size_t kUsual = size_t{4} << 20;
  int64_t before_;
};

/// Makes a call that the core may refuse by an Error, whose code this returns. If it does, the
/// network is what it was, to the bit, and predicts the same.
template <typename Call>
std::optional<ErrorCode> refusal_of(Network& network, const Call& call) {
  const std::vector<float> before = bits_of(network);
  std::optional<ErrorCode> code;
  try {
    const Budget budget;
    call();
  } catch (const Error& error) {
    code = error.code();
  }
  if (code) require(same_bits(bits_of(network), before), "a refused call changed the network");
  return code;
}

}  // namespace chainrule::fuzz
