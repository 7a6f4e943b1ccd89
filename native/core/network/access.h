#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace chainrule {

/// Who may use a network, one at a time. A fit holds it from its first step to its last and lets
/// visitors in between two steps; everybody else visits.
class Access {
 public:
  /// Holds the network while it lives, after waiting for the end of a step that a fit is taking.
  class Visit {
   public:
    explicit Visit(Access& access);

   private:
    std::lock_guard<std::mutex> lock_;
  };

  /// Keeps the network for one fit while it lives. Others may still visit.
  class Reservation {
   public:
    /// Throws Error(kBusy) where another fit has the network.
    explicit Reservation(Access& access);
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

   private:
    Access& access_;
  };

  /// Holds the network for a fit while it lives, but for the moments in which it lets go.
  class Hold {
   public:
    explicit Hold(Access& access) : access_(access), lock_(access.mutex_) {}

    /// Lets in whoever is waiting now. Those who come later wait for the next call, or a fit would
    /// never go on. Returns whether there was anybody.
    bool let_visitors_in();

    /// Calls body() while the network is anybody's. Holds it again afterwards, also when body
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
  // Visitors that have come, and that have been let in: the difference are those that wait.
  std::atomic<uint32_t> arrived_{0};
  std::atomic<uint32_t> admitted_{0};
  std::atomic<bool> fitting_{false};
};

}  // namespace chainrule
