#include "network/access.h"

#include "runtime/error.h"

namespace chainrule {
namespace {

/// Locks the mutex and counts the arrival and the admission.
std::mutex& entered(std::mutex& mutex, std::atomic<uint32_t>& arrived,
                    std::atomic<uint32_t>& admitted) {
  arrived.fetch_add(1);
  mutex.lock();
  admitted.fetch_add(1);
  admitted.notify_all();
  return mutex;
}

[[noreturn]] void throw_busy() {
  throw Error(ErrorCode::kBusy, "the network is being trained by a fit that has not ended");
}

}  // namespace

Access::Visit::Visit(Access& access)
    : lock_(entered(access.mutex_, access.arrived_, access.admitted_), std::adopt_lock) {}

Access::Reservation::Reservation(Access& access) : access_(access) {
  if (access_.fitting_.exchange(true)) throw_busy();
}

Access::Reservation::~Reservation() { access_.fitting_ = false; }

bool Access::Hold::let_visitors_in() {
  const uint32_t arrived = access_.arrived_.load();
  const auto waiting = [&] { return static_cast<int32_t>(arrived - access_.admitted_.load()) > 0; };
  if (!waiting()) return false;
  let_go_for([&] {
    for (uint32_t admitted = access_.admitted_.load(); waiting();
         admitted = access_.admitted_.load()) {
      access_.admitted_.wait(admitted);
    }
  });
  return true;
}

void Access::require_not_fitting() const {
  if (fitting_) throw_busy();
}

}  // namespace chainrule
