// Times whole training steps without Node, beside the peak of sgemm in the same run, and the
// kernels that they are made of.
//
//     core_bench [--threads 1,2] [--case 784-128-10] [--rounds 5]
//     core_bench --peak 2      # nothing but sgemm's GFLOP/s on two threads and the BLAS's name
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "gemm.h"
#include "network.h"
#include "random.h"
#include "thread_pool.h"
#include "trainer.h"

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

struct Case {
  std::vector<size_t> sizes;
  size_t batch;
  Loss loss;
};

const Case kCases[] = {
    {{4, 16, 3}, 16, Loss::kCrossEntropy},
    {{30, 64, 32, 1}, 32, Loss::kBce},
    {{784, 128, 10}, 128, Loss::kCrossEntropy},
    {{784, 512, 256, 10}, 128, Loss::kCrossEntropy},
    {{784, 1024, 1024, 10}, 256, Loss::kCrossEntropy},
    {{1024, 4096, 4096, 1000}, 512, Loss::kCrossEntropy},
};

std::vector<float> random_floats(size_t size, uint32_t seed, float range) {
  std::vector<float> values(size);
  for_each_random_word(seed, Stream::kInitialisation, 0, size, [&](size_t i, uint32_t word) {
    values[i] = range * (static_cast<float>(word >> 8) / 8388608.0f - 1.0f);
  });
  return values;
}

std::string name_of(const Case& c) {
  std::string name;
  for (const size_t size : c.sizes) {
    if (!name.empty()) name += '-';
    name += std::to_string(size);
  }
  return name + " B" + std::to_string(c.batch);
}

/// 6 B P - 2 B d0 d1: forward, dW and dX, but no dX of the first layer.
double flops_of(const Case& c) {
  double weights = 0;
  for (size_t l = 1; l < c.sizes.size(); ++l) {
    weights += static_cast<double>(c.sizes[l - 1] * c.sizes[l]);
  }
  return static_cast<double>(c.batch) *
         (6 * weights - 2 * static_cast<double>(c.sizes[0] * c.sizes[1]));
}

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

/// The best GFLOP/s of a large sgemm on `threads` threads, each with a product of its own.
double sgemm_peak(size_t threads) {
  constexpr int kSize = 1536;
  const std::vector<float> a = random_floats(kSize * kSize, 1, 1);
  const std::vector<float> b = random_floats(kSize * kSize, 2, 1);
  std::vector<std::vector<float>> c(threads, std::vector<float>(kSize * kSize));
  double best = 0;
  for (int round = 0; round < 6; ++round) {
    const auto start = Clock::now();
    ThreadPool::shared().run(threads, [&](const Worker& worker) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1, a.data(),
                  kSize, b.data(), kSize, 0, c[worker.index].data(), kSize);
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
  NetworkSpec spec{};
  spec.input_size = c.sizes[0];
  for (size_t l = 1; l < c.sizes.size(); ++l) {
    const bool last = l + 1 == c.sizes.size();
    const Activation output = c.loss == Loss::kBce ? Activation::kSigmoid : Activation::kSoftmax;
    spec.layers.push_back({c.sizes[l], last ? output : Activation::kRelu, 0, true});
  }
  spec.loss = c.loss;
  spec.threads = threads;
  const Kernels& kernels = kernels_named(std::getenv("CHAINRULE_SIMD"));
  const size_t count = make_parameter_layout(spec, PanelShape{kernels.panel_lanes}).count;
  Network network(spec, kernels, random_floats(count, 3, 0.05f));

  // About a tenth of a second an epoch, at least eight batches.
  const double step_guess = flops_of(c) / 5e10 + 1e-6;
  const size_t steps = std::clamp<size_t>(static_cast<size_t>(0.1 / step_guess), 8, 2000);
  const size_t rows = steps * c.batch;
  const std::vector<float> inputs = random_floats(rows * spec.input_size, 4, 1);
  std::vector<int32_t> labels(rows);
  std::vector<float> targets(rows);
  for (size_t r = 0; r < rows; ++r) {
    labels[r] = static_cast<int32_t>(r % spec.output_size());
    targets[r] = static_cast<float>(r % 2);
  }
  const bool yes_no = c.loss == Loss::kBce;
  FitSpec fit;
  fit.epochs = static_cast<uint32_t>(rounds + 1);
  fit.batch_size = c.batch;
  fit.training = std::make_shared<const Dataset>(
      Samples{rows, inputs.data(), yes_no ? targets.data() : nullptr,
              yes_no ? nullptr : labels.data(), nullptr},
      spec.input_size, yes_no ? 1 : 0);
  std::vector<double> times;
  const std::atomic<bool> stop{false};
  Trainer(network, fit).run(stop, [&](const EpochOutcome& outcome) {
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

int print_peak(const char* threads) {
  std::printf("%.1f %s\n", sgemm_peak(std::max(1, std::atoi(threads))), blas_description().c_str());
  return 0;
}

int run(int argc, char** argv) {
  std::vector<size_t> thread_counts = {1, 2};
  std::string only;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--threads") == 0) thread_counts = numbers(argv[i + 1]);
    if (std::strcmp(argv[i], "--case") == 0) only = argv[i + 1];
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--peak") == 0) return print_peak(argv[i + 1]);
  }
  std::printf("kernels %s, %s\n", kernels_named(std::getenv("CHAINRULE_SIMD")).name,
              blas_description().c_str());
  std::printf("%-32s %7s %12s %12s %9s %9s %9s\n", "case", "threads", "us median", "us min",
              "GFLOP/s", "sgemm", "fraction");
  for (const size_t threads : thread_counts) {
    for (const Case& c : kCases) {
      if (!only.empty() && name_of(c).find(only) != 0) continue;
      const Timing timing = time_steps(c, threads, rounds);
      const double peak = sgemm_peak(threads);
      const double gflops = flops_of(c) / timing.median / 1e3;
      std::printf("%-32s %7zu %12.2f %12.2f %9.1f %9.1f %9.2f\n", name_of(c).c_str(), threads,
                  timing.median, timing.min, gflops, peak, gflops / peak);
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace chainrule

int main(int argc, char** argv) { return chainrule::run(argc, argv); }
