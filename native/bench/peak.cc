#include "peak.h"

#include <chrono>
#include <cstdlib>

#include "bf16_products.h"
#include "cases.h"
#include "kernels/blas.h"
#include "multiply_adds.h"
#include "runtime/thread_pool.h"

namespace chainrule::bench {
namespace {

/// GFLOP/s of `work`, called once on each of `threads` threads at once.
template <typename Work>
double gflops(size_t threads, double flops_per_thread, Work&& work) {
  size_t workers = 0;  // fewer than asked for where the system refuses a thread
  const auto start = std::chrono::steady_clock::now();
  ThreadPool::shared().run(threads, [&](const Worker& worker) {
    if (worker.index == 0) workers = worker.count;
    work(worker.index);
  });
  const double duration = seconds(std::chrono::steady_clock::now() - start);
  return flops_per_thread * static_cast<double>(workers) / duration / 1e9;
}

}  // namespace

PeakMeter::PeakMeter(size_t threads, size_t size, size_t iterations)
    : threads_(threads), size_(size), iterations_(iterations) {
  if (!blas_may_run()) return;
  a_ = random_floats(size * size, 1, 1);
  b_ = random_floats(size * size, 2, 1);
  c_.assign(threads, std::vector<float>(size * size));
}

double PeakMeter::multiply_adds() const {
  const MultiplyAdds& adds = multiply_adds_named(std::getenv("CHAINRULE_SIMD"));
  const double flops = adds.flops_per_iteration * static_cast<double>(iterations_);
  return gflops(threads_, flops, [&](size_t) {
    // volatile: a result that nobody reads would need no computing.
    [[maybe_unused]] const volatile float result = adds.run(iterations_, 0.875f, 0.125f);
  });
}

double PeakMeter::sgemm() {
  if (!blas_may_run()) return 0;
  const double size = static_cast<double>(size_);
  return gflops(threads_, 2 * size * size * size, [&](size_t thread) {
    multiply_with_blas({size_, size_, size_, a_.data(), size_, 1, b_.data(), size_,
                        c_[thread].data(), size_, false});
  });
}

double PeakMeter::bf16() const {
  const Bf16Products* products = bf16_products();
  if (products == nullptr) return 0;
  const double flops = products->flops_per_iteration * static_cast<double>(iterations_);
  return gflops(threads_, flops, [&](size_t) {
    [[maybe_unused]] const volatile float result = products->run(iterations_);
  });
}

Peak best_peak(size_t threads) {
  constexpr size_t kSize = 1536;
  constexpr size_t kIterations = 1 << 22;
  constexpr int kRounds = 6;
  PeakMeter meter(threads, kSize, kIterations);
  Peak best{0, 0, 0};
  for (int round = 0; round < kRounds; ++round) {
    best.multiply_adds = std::max(best.multiply_adds, meter.multiply_adds());
    best.sgemm = std::max(best.sgemm, meter.sgemm());
    best.bf16 = std::max(best.bf16, meter.bf16());
  }
  return best;
}

}  // namespace chainrule::bench
