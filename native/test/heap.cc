#include "heap.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__has_feature)  // Clang's counterpart to GCC's macros
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHAINRULE_SANITIZED 1
#else
#define CHAINRULE_SANITIZED 0
#endif
// ThreadSanitizer maps memory before it can look up whose function comes next.
#if defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
#define CHAINRULE_REFUSES 1
#else
#define CHAINRULE_REFUSES 0
#endif

namespace chainrule::test {
namespace {

std::atomic<int64_t> allocations{0};
std::atomic<int64_t> live{0};

/// Requests of one kind. None is refused while `first` is 0.
struct Requests {
  std::atomic<int64_t> count{0};
  std::atomic<int64_t> first{0};
  std::atomic<bool> lasts{false};
  std::atomic<bool> refused{false};

  bool refuse() {
    const int64_t from = first;
    if (from == 0) return false;
    const int64_t now = ++count;
    if (now != from && !(lasts && now > from)) return false;
    refused = true;
    return true;
  }
};
Requests memory_requests, thread_requests;

void* allocate(size_t size, size_t alignment) {
  if (memory_requests.refuse()) return nullptr;
  void* memory = nullptr;
  if (alignment <= alignof(std::max_align_t)) {
    memory = std::malloc(size == 0 ? 1 : size);
  } else if (posix_memalign(&memory, alignment, size) != 0) {
    memory = nullptr;
  }
  if (memory == nullptr) return nullptr;
  ++live;
#if CHAINRULE_SANITIZED || !defined(__GLIBC__)
  ++allocations;
#endif
  return memory;
}

void* allocate_or_throw(size_t size, size_t alignment) {
  void* memory = allocate(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) {
  if (memory != nullptr) --live;
  std::free(memory);
}

Requests& requests_of(Scarce what) {
  return what == Scarce::kMemory ? memory_requests : thread_requests;
}

}  // namespace

bool counts_allocations() { return !CHAINRULE_SANITIZED; }
int64_t heap_allocations() { return allocations; }
int64_t live_blocks() { return live; }

bool refuses_requests() { return CHAINRULE_REFUSES; }

Shortage::Shortage(Scarce what, int64_t first, bool lasts) {
  Requests& requests = requests_of(what);
  requests.count = 0;
  requests.refused = false;
  requests.lasts = lasts;
  requests.first = first;
}

Shortage::~Shortage() {
  for (Requests* requests : {&memory_requests, &thread_requests}) {
    requests->first = 0;
    requests->refused = false;
  }
}

bool Shortage::was_felt() const { return memory_requests.refused || thread_requests.refused; }

}  // namespace chainrule::test

// ---- Operator new ------------------------------------------------------------------------------

using chainrule::test::allocate;
using chainrule::test::allocate_or_throw;
using chainrule::test::release;

void* operator new(size_t size) { return allocate_or_throw(size, 1); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size, 1); }
void* operator new(size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment));
}
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  release(memory);
}

#if CHAINRULE_REFUSES

// ---- The C library -----------------------------------------------------------------------------

// A program's own function replaces the C library's everywhere in it. What comes next in the order
// of the libraries is the C library's, or a sanitizer's that calls it.

extern "C" {

[[gnu::visibility("default")]] void* mmap(void* at, size_t size, int protection, int flags,
                                          int file, off_t offset) noexcept {
  static const auto next = reinterpret_cast<decltype(&mmap)>(dlsym(RTLD_NEXT, "mmap"));
  if (chainrule::test::memory_requests.refuse()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return next(at, size, protection, flags, file, offset);
}

[[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                  const pthread_attr_t* attributes,
                                                  void* (*body)(void*), void* argument) noexcept {
  static const auto next =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  if (chainrule::test::thread_requests.refuse()) return EAGAIN;
  return next(thread, attributes, body, argument);
}

#if !CHAINRULE_SANITIZED

// The C library's malloc remains available under another name; its free works for both.
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

static void* counted(void* memory) {
  chainrule::test::allocations.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

void* malloc(size_t size) noexcept { return counted(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) noexcept { return counted(__libc_calloc(count, size)); }
void* realloc(void* memory, size_t size) noexcept { return counted(__libc_realloc(memory, size)); }
void* memalign(size_t alignment, size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}

#endif
}

#endif
