// Times whole training steps without Node, beside two peaks in the same run: multiply-adds in
// registers, and a large sgemm. The fraction is of the larger of the two.
//
//     core_bench [--threads 1,2] [--case 784-128-10] [--rounds 5]
//     core_bench --peak 2      # nothing but the peaks on two threads, in GFLOP/s (multiply-adds,
//                              # sgemm, bf16), and the names of the instruction set and the BLAS
//     core_bench --steps 100 --case 4-16-3       # so many steps, for a program that counts
//     core_bench --fraction 200 --case 4-16-3    # of the peak, by so many short rounds
//
// CHAINRULE_PRECISION is the networks' precision, CHAINRULE_PRODUCTS as for the addon.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "cases.h"
#include "guard.h"
#include "kernels/blas.h"
#include "peak.h"

namespace chainrule::bench {
namespace {

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

const char* instruction_set() { return kernels_named(std::getenv("CHAINRULE_SIMD")).name; }

int print_peak(const char* threads) {
  const Peak peak = best_peak(std::max(1u, number(threads)));
  std::printf("%.1f %.1f %.1f %s %s\n", peak.multiply_adds, peak.sgemm, peak.bf16,
              instruction_set(), blas_description().c_str());
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
  std::printf("kernels %s, %s\n", instruction_set(), blas_description().c_str());
  std::printf("%-32s %7s %12s %12s %9s %9s %9s %9s\n", "case", "threads", "us median", "us min",
              "GFLOP/s", "fma", "sgemm", "fraction");
  for (const size_t threads : thread_counts) {
    for (const Case& c : cases) {
      const Timing timing = time_steps(c, threads, rounds);
      const Peak peak = best_peak(threads);
      const double gflops = flops_of(c) / timing.median / 1e3;
      std::printf("%-32s %7zu %12.3f %12.3f %9.1f %9.1f %9.1f %9.2f\n", name_of(c).c_str(), threads,
                  timing.median, timing.min, gflops, peak.multiply_adds, peak.sgemm,
                  gflops / peak.larger());
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace chainrule::bench

int main(int argc, char** argv) {
  try {
    return chainrule::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "core_bench: %s\n", error.what());
    return 2;
  }
}
