#include "runtime/cpu.h"

#include <doctest/doctest.h>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace chainrule {
namespace {

int nice_of_this_thread() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
}

/// Of a thread that had `nice` before.
int nice_after_lower_priority(int nice) {
  int after = 0;
  std::thread([&] {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice);
    lower_priority();
    after = nice_of_this_thread();
  }).join();
  return after;
}

TEST_CASE("a thread of lower priority has a nice value of 5 or more, and no other thread has") {
  const int before = nice_of_this_thread();
  for (const int nice : {before, before + 2, 9}) {
    if (nice > 19) continue;
    CHECK(nice_after_lower_priority(std::max(before, nice)) == std::max({before, nice, 5}));
  }
  CHECK(nice_of_this_thread() == before);
}

}  // namespace
}  // namespace chainrule
#endif
