#pragma once

#include <cstddef>

namespace chainrule {

/// The cores that this process may use: its affinity mask, capped by its cgroup's quota. At
/// least 1.
size_t usable_cores();

/// Treats denormals as zero in this thread during the scope, then restores the thread's mode.
/// Adam's second moments decay into denormals, on which arithmetic can be a hundred times slower.
class ScopedFlushDenormals {
 public:
  ScopedFlushDenormals();
  ~ScopedFlushDenormals();
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

 private:
  unsigned long long mode_;
};

/// Makes this long-running thread yield to threads that must respond soon, above all the JavaScript
/// thread: that would otherwise wait for whole time slices when more networks train than there are
/// cores. Only for our own threads; an idle machine runs them as fast as before.
void lower_priority();

/// Tells the core that this thread is spinning.
inline void pause_spinning() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace chainrule
