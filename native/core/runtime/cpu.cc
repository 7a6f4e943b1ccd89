#include "runtime/cpu.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace chainrule {
namespace {

size_t cores_in_affinity_mask() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return static_cast<size_t>(CPU_COUNT(&set));
#endif
  return std::thread::hardware_concurrency();
}

/// The cgroup's CPU quota in cores, rounded up; 0 for no limit. In a container the process sees its
/// own cgroup as the root of the mount, so the root's files are the right ones.
size_t cores_in_cgroup_quota() {
  std::string quota_text;
  double period = 0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> quota_text >> period) {
    if (quota_text == "max" || period <= 0) return 0;
    return static_cast<size_t>(std::max(1.0, std::stod(quota_text) / period + 0.999));
  }
  double quota = 0;
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (v1_quota >> quota && v1_period >> period && quota > 0 && period > 0) {
    return static_cast<size_t>(std::max(1.0, quota / period + 0.999));
  }
  return 0;
}

}  // namespace

size_t usable_cores() {
  size_t cores = std::max<size_t>(1, cores_in_affinity_mask());
  try {
    const size_t quota = cores_in_cgroup_quota();
    if (quota > 0) cores = std::min(cores, quota);
  } catch (const std::exception&) {
    // A quota that cannot be parsed limits nothing.
  }
  return cores;
}

void lower_priority() {
#if defined(__linux__)
  // On Linux each thread has its own nice value. If it cannot be set, only the gain is lost. The
  // superuser could be given a better one here, that is a lower one, than the user has chosen.
  constexpr int kNice = 5;
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  if (getpriority(PRIO_PROCESS, thread) < kNice) (void)setpriority(PRIO_PROCESS, thread, kNice);
#endif
}

#if defined(__x86_64__)
namespace {
constexpr unsigned kFlushToZero = 0x8000;
constexpr unsigned kDenormalsAreZero = 0x0040;
}  // namespace

ScopedFlushDenormals::ScopedFlushDenormals() : mode_(_mm_getcsr()) {
  _mm_setcsr(static_cast<unsigned>(mode_) | kFlushToZero | kDenormalsAreZero);
}
ScopedFlushDenormals::~ScopedFlushDenormals() { _mm_setcsr(static_cast<unsigned>(mode_)); }
#elif defined(__aarch64__)
ScopedFlushDenormals::ScopedFlushDenormals() {
  asm volatile("mrs %0, fpcr" : "=r"(mode_));
  asm volatile("msr fpcr, %0" : : "r"(mode_ | (1ull << 24)));
}
ScopedFlushDenormals::~ScopedFlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(mode_)); }
#else
ScopedFlushDenormals::ScopedFlushDenormals() : mode_(0) {}
ScopedFlushDenormals::~ScopedFlushDenormals() = default;
#endif

}  // namespace chainrule
