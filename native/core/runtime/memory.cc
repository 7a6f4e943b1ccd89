#include "runtime/memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "runtime/error.h"

namespace chainrule {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

void* allocate_small(size_t bytes) {
  void* memory = ::operator new(bytes, std::align_val_t(kLine), std::nothrow);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return memory;
}

#if defined(__linux__)

// From half a huge page on an array takes whole ones: the small pages of a large array's end cost
// steps up to 5%, for the page tables that they need.
bool is_large(size_t bytes) { return bytes >= kHugePage / 2; }
size_t in_huge_pages(size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

/// Maps memory from the kernel: the pages are zero without being written, and are allocated by the
/// first thread that touches them. Huge pages are only advice; if there are none, small ones do.
void* map_large(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * kHugePage) return nullptr;
  const size_t used = in_huge_pages(bytes);
  const size_t total = used + kHugePage;
  char* memory = static_cast<char*>(
      mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (memory == MAP_FAILED) return nullptr;
  // Map more than needed, then cut out a part that is aligned to a huge page.
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(memory) % kHugePage) % kHugePage;
  if (before > 0) munmap(memory, before);
  if (total > before + used) munmap(memory + before + used, total - before - used);
  madvise(memory + before, used, MADV_HUGEPAGE);
  return memory + before;
}

void unmap_large(void* memory, size_t bytes) { munmap(memory, in_huge_pages(bytes)); }

#else

bool is_large(size_t) { return false; }
void* map_large(size_t) { return nullptr; }
void unmap_large(void*, size_t) {}

#endif

std::string in_megabytes(size_t bytes) {
  return std::to_string(bytes / 1'000'000 + (bytes % 1'000'000 > 0 ? 1 : 0)) + " MB";
}

[[noreturn]] void refuse_beyond_limit(size_t bytes, int64_t held, const std::string& what) {
  throw Error(ErrorCode::kMemory,
              "no memory for " + what + ": " + in_megabytes(bytes) + " are needed, " +
                  in_megabytes(static_cast<size_t>(std::max<int64_t>(held, 0))) +
                  " are held, and the memory limit is " +
                  in_megabytes(static_cast<size_t>(memory_counters().limit.load())));
}

bool is_within_limit(size_t bytes, int64_t held) {
  const int64_t limit = memory_counters().limit;
  return bytes <= static_cast<size_t>(INT64_MAX) && held <= limit &&
         static_cast<int64_t>(bytes) <= limit - held;
}

}  // namespace

MemoryCounters& memory_counters() {
  static MemoryCounters counters;
  return counters;
}

void require_memory(size_t bytes, const std::string& what) {
  const int64_t held = memory_counters().bytes;
  if (!is_within_limit(bytes, held)) refuse_beyond_limit(bytes, held, what);
}

size_t bytes_of(size_t size, size_t each) {
  if (size <= SIZE_MAX / each) return size * each;
  throw Error(ErrorCode::kMemory, "no memory for " + std::to_string(size) + " times " +
                                      std::to_string(each) + " bytes");
}

void* allocate_aligned(size_t bytes) {
  require_memory(bytes, "buffers");
  void* memory = is_large(bytes) ? map_large(bytes) : allocate_small(bytes);
  if (memory == nullptr) {
    throw Error(ErrorCode::kMemory, "no memory for " + std::to_string(bytes) + " bytes");
  }
  MemoryCounters& counters = memory_counters();
  counters.bytes += static_cast<int64_t>(bytes);
  counters.blocks += 1;
  counters.allocations += 1;
  return memory;
}

void free_aligned(void* memory, size_t bytes) noexcept {
  if (is_large(bytes)) {
    unmap_large(memory, bytes);
  } else {
    ::operator delete(memory, std::align_val_t(kLine));
  }
  MemoryCounters& counters = memory_counters();
  counters.bytes -= static_cast<int64_t>(bytes);
  counters.blocks -= 1;
}

}  // namespace chainrule
