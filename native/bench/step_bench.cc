// Times whole training steps without Node, beside the peak of sgemm in the same run.
//
//     core_bench [--threads 1,2] [--case 784-128-10] [--rounds 5]
//     core_bench --peak 2      # only sgemm's GFLOP/s on two threads and the BLAS's name
//     core_bench --steps 100 --case 4-16-3       # exactly 100 steps, to count instructions
//     core_bench --fraction 200 --case 4-16-3    # of an sgemm's speed, from 200 short rounds
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cases.h"
#include "guard.h"
#include "kernels/blas.h"
#include "runtime/thread_pool.h"

namespace chainrule::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// The best GFLOP/s of a large sgemm on `threads` threads, each with its own product.
double sgemm_peak(size_t threads) {
  constexpr int kSize = 1536;
  const std::vector<float> a = random_floats(kSize * kSize, 1, 1);
  const std::vector<float> b = random_floats(kSize * kSize, 2, 1);
  std::vector<std::vector<float>> c(threads, std::vector<float>(kSize * kSize));
  double best = 0;
  for (int round = 0; round < 6; ++round) {
    const auto start = Clock::now();
    ThreadPool::shared().run(threads, [&](const Worker& worker) {
      multiply_with_blas({kSize, kSize, kSize, a.data(), kSize, 1, b.data(), kSize,
                          c[worker.index].data(), kSize, false});
    });
    const double flops = 2.0 * kSize * kSize * kSize * static_cast<double>(threads);
    best = std::max(best, flops / seconds(Clock::now() - start) / 1e9);
  }
  return best;
}

struct Timing {
  double median, min;  // microseconds a step
};

Timing time_steps(const Case& c, size_t threads, int rounds) {
  const std::unique_ptr<Network> network = make_network(c, threads);
  // About a tenth of a second per epoch, at least eight batches.
  const double step_guess = flops_of(c) / 5e10 + 1e-6;
  const size_t steps = std::clamp<size_t>(static_cast<size_t>(0.1 / step_guess), 8, 2000);
  FitSpec fit = make_fit(c, steps, static_cast<uint32_t>(rounds + 1));
  std::vector<double> times;
  const std::atomic<bool> stop{false};
  Trainer(*network, std::move(fit)).run(stop, [&](const EpochOutcome& outcome) {
    if (outcome.epoch > 1) times.push_back(outcome.seconds / static_cast<double>(steps) * 1e6);
  });
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

std::vector<size_t> numbers(const char* list) {
  std::vector<size_t> values;
  for (const char* at = list; *at != '\0';) {
    char* end = nullptr;
    values.push_back(std::strtoul(at, &end, 10));
    at = *end == ',' ? end + 1 : end;
    if (values.back() == 0) break;
  }
  return values;
}

uint32_t number(const char* text) { return static_cast<uint32_t>(std::strtoul(text, nullptr, 10)); }

int print_peak(const char* threads) {
  std::printf("%.1f %s\n", sgemm_peak(std::max(1, std::atoi(threads))), blas_description().c_str());
  return 0;
}

int run(int argc, char** argv) {
  std::vector<size_t> thread_counts = {1, 2};
  std::string only;
  int rounds = 5;
  std::optional<uint32_t> steps, fraction_rounds;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--threads") == 0) thread_counts = numbers(argv[i + 1]);
    if (std::strcmp(argv[i], "--case") == 0) only = argv[i + 1];
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--steps") == 0) steps = number(argv[i + 1]);
    if (std::strcmp(argv[i], "--fraction") == 0) fraction_rounds = number(argv[i + 1]);
    if (std::strcmp(argv[i], "--peak") == 0) return print_peak(argv[i + 1]);
  }
  const std::vector<Case> cases = cases_named(only);
  if (cases.empty()) {
    std::fprintf(stderr, "there is no case %s\n", only.c_str());
    return 2;
  }
  if (steps) return run_steps(cases.front(), *steps);
  if (fraction_rounds) return print_fraction(cases.front(), *fraction_rounds);
  std::printf("kernels %s, %s\n", kernels_named(std::getenv("CHAINRULE_SIMD")).name,
              blas_description().c_str());
  std::printf("%-32s %7s %12s %12s %9s %9s %9s\n", "case", "threads", "us median", "us min",
              "GFLOP/s", "sgemm", "fraction");
  for (const size_t threads : thread_counts) {
    for (const Case& c : cases) {
      const Timing timing = time_steps(c, threads, rounds);
      const double peak = sgemm_peak(threads);
      const double gflops = flops_of(c) / timing.median / 1e3;
      std::printf("%-32s %7zu %12.3f %12.3f %9.1f %9.1f %9.2f\n", name_of(c).c_str(), threads,
                  timing.median, timing.min, gflops, peak, gflops / peak);
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace chainrule::bench

int main(int argc, char** argv) { return chainrule::bench::run(argc, argv); }
