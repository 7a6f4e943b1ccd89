#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace chainrule::fuzz {

/// Decisions made of bytes. After the last byte all of them are 0, which is the plain choice: so
/// every sequence ends, and cutting bytes off the end leaves a simpler one.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool is_at_end() const { return bytes_.empty(); }

  uint64_t word(size_t bytes) {
    uint64_t word = 0;
    for (size_t i = 0; i < bytes && !bytes_.empty(); ++i) {
      word |= uint64_t{bytes_.front()} << (8 * i);
      bytes_ = bytes_.subspan(1);
    }
    return word;
  }

  /// In [0, bound).
  size_t below(size_t bound) { return word(bound <= 256 ? 1 : 2) % bound; }
  bool one_in(size_t times) { return below(times) == times - 1; }

  template <typename T, size_t kCount>
  T among(const T (&values)[kCount]) {
    return values[below(kCount)];
  }
  /// A kind of an enum whose kinds are counted from 0.
  template <typename Kind>
  Kind kind(size_t count) {
    return static_cast<Kind>(below(count));
  }

  /// In (0, 1).
  double fraction() { return (static_cast<double>(below(255)) + 1) / 256; }
  /// Any number at all: mostly an unpleasant one.
  double number() {
    constexpr double kNumbers[] = {0,
                                   1,
                                   0.5,
                                   0.999,
                                   1e-8,
                                   -1,
                                   -0.25,
                                   2,
                                   1e30,
                                   -1e30,
                                   1e39,
                                   1e300,
                                   1e-300,
                                   std::numeric_limits<double>::denorm_min(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::quiet_NaN()};
    if (one_in(8)) return std::bit_cast<double>(word(8));
    return among(kNumbers);
  }
  /// A size that has to be refused, or at least thought about.
  size_t extreme_size() {
    constexpr size_t kHalf = size_t{1} << 31;
    constexpr size_t kSizes[] = {0,
                                 65535,
                                 65536,
                                 kHalf - 2,
                                 kHalf - 1,
                                 kHalf,
                                 kHalf + 1,
                                 2 * kHalf - 1,
                                 2 * kHalf,
                                 2 * kHalf + 1,
                                 SIZE_MAX / 4,
                                 SIZE_MAX / 2 + 1,
                                 SIZE_MAX - 1,
                                 SIZE_MAX};
    return among(kSizes);
  }

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace chainrule::fuzz
