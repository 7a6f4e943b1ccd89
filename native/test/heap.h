#pragma once

#include <doctest/doctest.h>

#include <cstdint>

/// This program's own allocator, which counts, and refuses what a test wants refused.
namespace chainrule::test {

/// Whether heap_allocations() counts: not under a sanitizer, which has an allocator of its own.
bool counts_allocations();
inline bool counts_allocations_or_skips() {
  if (!counts_allocations()) MESSAGE("skipped: a sanitizer has an allocator of its own");
  return counts_allocations();
}
/// All threads' allocations from the heap so far, whoever made them.
int64_t heap_allocations();
/// Blocks of operator new that have not been deleted.
int64_t live_blocks();

/// What the system has too little of.
enum class Scarce { kMemory, kThreads };

/// Whether this program can refuse threads and mapped memory: with glibc, not under
/// ThreadSanitizer.
bool refuses_requests();
inline bool refuses_requests_or_skips() {
  if (!refuses_requests()) MESSAGE("skipped: nothing here can refuse memory or threads");
  return refuses_requests();
}

/// During its lifetime the system refuses request `first`, counted from 1 and over all threads, or
/// with `lasts` that and all later ones: of memory from operator new or mapped, or of threads.
class Shortage {
 public:
  Shortage(Scarce what, int64_t first, bool lasts);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;
  /// Whether it has refused anything.
  bool was_felt() const;
};

}  // namespace chainrule::test
