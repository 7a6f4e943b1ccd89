#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace chainrule {

/// Lets one thread at a time use a network. A fit holds it from its first step to its last and
/// admits visitors between two steps; all others visit.
class Access {
 public:
  /// Holds the network during its lifetime. The constructor waits for the end of a fit's step.
  class Visit {
   public:
    explicit Visit(Access& access);

   private:
    std::lock_guard<std::mutex> lock_;
  };

  /// Reserves the network for one fit during its lifetime. Others may still visit.
  class Reservation {
   public:
    /// Throws Error(kBusy) if another fit has the network.
    explicit Reservation(Access& access);
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

   private:
    Access& access_;
  };

  /// Holds the network for a fit during its lifetime, except while it lets go.
  class Hold {
   public:
    explicit Hold(Access& access) : access_(access), lock_(access.mutex_) {}

    /// Admits the visitors that are waiting now. Later ones wait for the next call, or the fit
    /// might never continue. Returns whether there were any.
    bool let_visitors_in();

    /// Calls body() while others may use the network. Holds it again afterwards, even if body
    /// throws.
    template <typename Body>
    void let_go_for(const Body& body) {
      struct LockAgain {
        std::unique_lock<std::mutex>& lock;
        ~LockAgain() { lock.lock(); }
      };
      lock_.unlock();
      const LockAgain again{lock_};
      body();
    }

   private:
    Access& access_;
    std::unique_lock<std::mutex> lock_;
  };

  /// Throws Error(kBusy) while a fit has the network.
  void require_not_fitting() const;

 private:
  std::mutex mutex_;
  // Visitors that have arrived and that were admitted; the difference is waiting.
  std::atomic<uint32_t> arrived_{0};
  std::atomic<uint32_t> admitted_{0};
  std::atomic<bool> fitting_{false};
};

}  // namespace chainrule
