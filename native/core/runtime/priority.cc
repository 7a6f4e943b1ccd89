#include "runtime/priority.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace chainrule {

#if defined(__linux__)
namespace {

constexpr int kNice = 5;
// Linux 6.12 and later let a thread with a shorter time slice interrupt one with a longer slice as
// soon as it wakes. Most have some 3 ms.
constexpr uint64_t kSliceNanoseconds = 20'000'000;

/// The first version of the system's sched_attr, which older C libraries do not declare.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t real_time_priority = 0;
  uint64_t runtime = 0;  // the slice, in nanoseconds; 0 for the system's own
  uint64_t deadline = 0;
  uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

}  // namespace

void lower_priority() {
  // On Linux each thread has its own nice value. The superuser could be given a better one here,
  // that is a lower one, than the user has chosen.
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  if (getpriority(PRIO_PROCESS, thread) < kNice) (void)setpriority(PRIO_PROCESS, thread, kNice);
}

void lengthen_time_slice() {
  constexpr int kThisThread = 0;
  SchedulingAttributes attributes;
  if (syscall(SYS_sched_getattr, kThisThread, &attributes, sizeof attributes, 0) != 0) return;
  // For other policies `runtime` means something else, if anything.
  if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return;
  attributes.runtime = kSliceNanoseconds;
  (void)syscall(SYS_sched_setattr, kThisThread, &attributes, 0);
}
#else
void lower_priority() {}
void lengthen_time_slice() {}
#endif

}  // namespace chainrule
