// Packing buffers for OpenBLAS, one for each thread that calls it.
//
// OpenBLAS's own allocator is not safe in a serial build: 0.3.21 (Debian's libopenblas-serial,
// compiled with USE_LOCKING) takes its lock, releases it, and only then looks for a free buffer, so
// two threads sometimes pack into the same one. With three threads multiplying at once, one product
// in fifteen was wrong. The linker redirects the allocator's calls to this file (--wrap);
// native/test/gemm_test.cc fails if it does not. As a bonus, a call takes no lock.
#if defined(__linux__)

#include <sys/mman.h>

#include <mutex>

namespace chainrule {
namespace {

// OpenBLAS's BUFFER_SIZE with its page for alignment, doubled for future versions. Only the pages
// that a call touches use memory.
constexpr size_t kBufferBytes = size_t{256} << 20;

void* map_buffer() {
  void* buffer = mmap(nullptr, kBufferBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return buffer == MAP_FAILED ? nullptr : buffer;
}

struct ThreadBuffer {
  void* memory = nullptr;
  ~ThreadBuffer() {
    if (memory != nullptr) munmap(memory, kBufferBytes);
  }
};
thread_local ThreadBuffer thread_buffer;

/// For threads whose own buffer the system refuses, one at a time: OpenBLAS does not check for a
/// null pointer. Never unmapped, because threads outlive static destructors.
struct SpareBuffer {
  void* memory = map_buffer();
  std::mutex mutex;
};
SpareBuffer& spare_buffer = *new SpareBuffer;

}  // namespace
}  // namespace chainrule

extern "C" {

void* __wrap_blas_memory_alloc(int) {
  using namespace chainrule;
  if (thread_buffer.memory == nullptr) thread_buffer.memory = map_buffer();
  if (thread_buffer.memory != nullptr) return thread_buffer.memory;
  spare_buffer.mutex.lock();
  return spare_buffer.memory;
}

void __wrap_blas_memory_free(void* buffer) {
  using namespace chainrule;
  if (buffer == spare_buffer.memory) spare_buffer.mutex.unlock();
}

}  // extern "C"

#endif
