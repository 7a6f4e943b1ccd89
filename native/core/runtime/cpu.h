#pragma once

#include <cstddef>

namespace chainrule {

/// The cores that this process may use: its affinity mask, capped by its cgroup's quota. At
/// least 1.
size_t usable_cores();

/// Treats denormals as zero in this thread for the scope's life. Adam's second moments decay into
/// them, and arithmetic on them can be a hundred times slower. The thread's own mode is restored at
/// the end.
class ScopedFlushDenormals {
 public:
  ScopedFlushDenormals();
  ~ScopedFlushDenormals();
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

 private:
  unsigned long long mode_;
};

/// Makes this thread, which will compute for long, give way to those that must answer soon: above
/// all to the JavaScript thread, which otherwise waits for whole time slices when more networks are
/// being trained than there are cores. For threads of our own only; an idle machine runs them as
/// fast as before.
void lower_priority();

/// Tells the core that this thread spins.
inline void pause_spinning() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace chainrule
