#include "runtime/priority.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace chainrule {

void lower_priority() {
#if defined(__linux__)
  constexpr int kNice = 5;
  // On Linux each thread has its own nice value. The superuser could be given a better one here,
  // that is a lower one, than the user has chosen.
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  if (getpriority(PRIO_PROCESS, thread) < kNice) (void)setpriority(PRIO_PROCESS, thread, kNice);
#endif
}

}  // namespace chainrule
