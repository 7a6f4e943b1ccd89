#include "runtime/priority.h"

#include <doctest/doctest.h>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <thread>

namespace chainrule {
namespace {

/// Of the calling thread.
struct Scheduling {
  int nice = getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
  int policy = sched_getscheduler(0);
  uint64_t slice = slice_of_this_thread();  // in nanoseconds; 0 if the system does not say

  static uint64_t slice_of_this_thread() {
    uint64_t attributes[6] = {};  // the system's sched_attr
    if (syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0) != 0) return 0;
    return attributes[3];
  }
};

/// Of a thread with this policy afterwards.
Scheduling after_both(int policy) {
  Scheduling after;
  std::thread([&] {
    const sched_param parameter = {};
    (void)pthread_setschedparam(pthread_self(), policy, &parameter);
    lower_priority();
    lengthen_time_slice();
    after = {};
  }).join();
  return after;
}

bool has_slices() {
  utsname system = {};
  int major = 0, minor = 0;
  uname(&system);
  return std::sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 12));
}

TEST_CASE("a thread of lower priority has a longer slice, and no other thread has") {
  const Scheduling before;
  for (const int policy : {SCHED_OTHER, SCHED_BATCH}) {
    const Scheduling after = after_both(policy);
    CHECK(after.nice == std::max(before.nice, 5));
    CHECK(after.policy == policy);
    if (has_slices()) CHECK(after.slice == 20'000'000);
  }
  const Scheduling now;
  CHECK(now.nice == before.nice);
  CHECK(now.slice == before.slice);
}

TEST_CASE("a thread that runs only on idle cores keeps its policy") {
  CHECK(after_both(SCHED_IDLE).policy == SCHED_IDLE);
}

}  // namespace
}  // namespace chainrule
#endif
