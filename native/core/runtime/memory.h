#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace chainrule {

/// How much memory the core holds now, and how often it has allocated.
struct MemoryCounters {
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> blocks{0};
  std::atomic<int64_t> allocations{
      0};  // never decreases: equal before and after means none between
  std::atomic<int64_t> limit{INT64_MAX};  // of `bytes`
};
MemoryCounters& memory_counters();

/// Throws Error(kMemory) if `bytes` more, for `what`, would be over the limit. To be asked first
/// where several arrays belong together: the message then says what all of them need.
void require_memory(size_t bytes, const std::string& what);

/// Allocates `bytes` bytes, zeroed and aligned to 64; from 1 MiB on, whole huge pages if the system
/// has them. Throws Error(kMemory).
void* allocate_aligned(size_t bytes);
void free_aligned(void* memory, size_t bytes) noexcept;

/// The bytes of `size` values of `each` bytes. Throws Error(kMemory) if no number has so many.
size_t bytes_of(size_t size, size_t each);

inline constexpr size_t kFloatsPerLine = 16;

inline size_t round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// A zeroed array aligned to 64 bytes: a cache line, and the widest vector.
template <typename T>
class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(size_t size)
      : data_(size == 0 ? nullptr : static_cast<T*>(allocate_aligned(bytes_of(size, sizeof(T))))),
        size_(size) {}
  AlignedArray(AlignedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedArray& operator=(AlignedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedArray() {
    if (data_ != nullptr) free_aligned(data_, size_ * sizeof(T));
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace chainrule
