#include "memory.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "error.h"

namespace chainrule {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

size_t alignment_for(size_t bytes) { return bytes >= kHugePage ? kHugePage : kLine; }

}  // namespace

MemoryCounters& memory_counters() {
  static MemoryCounters counters;
  return counters;
}

void* allocate_aligned(size_t bytes) {
  const size_t alignment = alignment_for(bytes);
  void* memory = ::operator new(bytes, std::align_val_t(alignment), std::nothrow);
  if (memory == nullptr) {
    throw Error(ErrorCode::kMemory, "no memory for " + std::to_string(bytes) + " bytes");
  }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Advice only: where the kernel has no huge pages to give, small ones do.
  if (alignment == kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, bytes);
  MemoryCounters& counters = memory_counters();
  counters.bytes += static_cast<int64_t>(bytes);
  counters.blocks += 1;
  counters.allocations += 1;
  return memory;
}

void free_aligned(void* memory, size_t bytes) noexcept {
  ::operator delete(memory, std::align_val_t(alignment_for(bytes)));
  MemoryCounters& counters = memory_counters();
  counters.bytes -= static_cast<int64_t>(bytes);
  counters.blocks -= 1;
}

}  // namespace chainrule
