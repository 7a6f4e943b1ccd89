#include "guard.h"

#include <hwy/highway.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "peak.h"

namespace chainrule::bench {
namespace {

// Different batches to take steps on, however many steps: so that what making them costs is the
// same in two runs, and goes from their difference.
constexpr size_t kBatches = 4;

#if defined(__clang__)
#define CHAINRULE_COMPILER "Clang " __clang_version__
#elif defined(__GNUC__)
#define CHAINRULE_COMPILER "GCC " __VERSION__
#else
#define CHAINRULE_COMPILER "another compiler"
#endif

}  // namespace

int run_steps(const Case& c, uint32_t steps) {
  if (steps == 0) return 2;
  const std::unique_ptr<Network> network = make_network(c, 1);
  FitSpec fit = make_fit(c, kBatches, 1);
  fit.order_rows = steps * c.batch;
  fit.order.resize(fit.order_rows);
  for (size_t i = 0; i < fit.order.size(); ++i) {
    fit.order[i] = static_cast<uint32_t>(i % (kBatches * c.batch));
  }
  const std::atomic<bool> stop{false};
  Trainer(*network, std::move(fit)).run(stop, [](const EpochOutcome&) {});
  std::printf("%llu %s, Highway %d.%d.%d\n",
              static_cast<unsigned long long>(network->steps_taken()), CHAINRULE_COMPILER,
              HWY_MAJOR, HWY_MINOR, HWY_PATCH);
  return 0;
}

int print_fraction(const Case& c, uint32_t rounds) {
  // A round is a millisecond or less of steps, of multiply-adds and of sgemm: shorter than a time
  // slice, so that on a busy machine nothing disturbs most rounds. A product of 384 rows is large
  // for the caches of a core.
  PeakMeter meter(1, 384, 1 << 17);
  const double guess = flops_of(c) / 5e10 + 1e-6;
  const size_t batches = std::max<size_t>(1, static_cast<size_t>(1e-3 / guess));
  const std::unique_ptr<Network> network = make_network(c, 1);
  std::vector<double> fractions;
  const std::atomic<bool> stop{false};
  Trainer(*network, make_fit(c, batches, rounds + 1)).run(stop, [&](const EpochOutcome& outcome) {
    const double peak = std::max(meter.multiply_adds(), meter.sgemm());
    const double gflops = static_cast<double>(batches) * flops_of(c) / outcome.seconds / 1e9;
    if (outcome.epoch > 1) fractions.push_back(gflops / peak);
  });
  if (fractions.empty()) return 1;
  std::sort(fractions.begin(), fractions.end());
  std::printf("%.4f %llu\n", fractions[fractions.size() / 2],
              static_cast<unsigned long long>(network->steps_taken()));
  return 0;
}

}  // namespace chainrule::bench
