// A training step allocates nothing.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <vector>

#include "fit/trainer.h"
#include "heap.h"
#include "network/network.h"
#include "support.h"

extern "C" void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            float alpha, const float* a, int lda, const float* b, int ldb,
                            float beta, float* c, int ldc);

namespace chainrule {
namespace {

constexpr size_t kRows = 96;

/// All threads' allocations so far: from the heap, and directly from the operating system.
int64_t allocations() { return test::heap_allocations() + memory_counters().allocations; }

int64_t allocations_of(const std::function<void()>& work) {
  const int64_t before = allocations();
  work();
  return allocations() - before;
}

/// Whether OpenBLAS itself allocates: its kernels of small matrices for Cooper Lake do so in
/// products of some shapes. Tries those of the networks here.
bool openblas_allocates() {
  constexpr int kRowMajor = 101;
  constexpr int kNoTranspose = 111;
  constexpr int kMost = 150;
  const std::vector<float> a(kMost * kMost), b(kMost * kMost);
  std::vector<float> c(kMost * kMost);
  const auto multiply_all = [&] {
    for (const int rows : {1, 7, 40, static_cast<int>(kRows)}) {
      for (const int depth : {60, 150, 70}) {
        for (const int width : {150, 70, 5}) {
          cblas_sgemm(kRowMajor, kNoTranspose, kNoTranspose, rows, width, depth, 1, a.data(), kMost,
                      b.data(), kMost, 0, c.data(), kMost);
        }
      }
    }
  };
  multiply_all();
  return allocations_of(multiply_all) > 0;
}

/// The kernels whose steps can be held to allocating nothing.
std::vector<const Kernels*> kernels_to_count() {
  std::vector<const Kernels*> kernels = test::all_kernels();
  if (openblas_allocates()) {
    std::erase_if(kernels, [](const Kernels* each) { return each->gemm == Gemm::kOpenBlas; });
  }
  return kernels;
}

/// Wide enough for several threads to share a step.
NetworkSpec shared_out(size_t threads) { return test::classifier({60, 150, 70, 5}, threads); }

struct Data {
  explicit Data(const NetworkSpec& spec)
      : inputs(test::random_floats(kRows * spec.input_size, 1)), labels(kRows) {
    for (size_t r = 0; r < kRows; ++r) labels[r] = static_cast<int32_t>(r % spec.output_size());
  }
  Samples first(size_t rows) const {
    return {rows, inputs.data(), nullptr, labels.data(), nullptr};
  }
  std::shared_ptr<const Dataset> dataset(const NetworkSpec& spec) const {
    return std::make_shared<const Dataset>(first(kRows), spec.input_size, 0);
  }
  std::vector<float> inputs;
  std::vector<int32_t> labels;
};

std::unique_ptr<Network> make_network(const NetworkSpec& spec, const Kernels& kernels) {
  return std::make_unique<Network>(spec, kernels,
                                   test::random_floats(test::parameter_count(spec), 4, 0.1f));
}

/// Allocations of a fit of a new network, from the trainer's construction to its destruction.
int64_t allocations_of_fit(const NetworkSpec& spec, const Kernels& kernels, FitSpec fit,
                           uint32_t epochs, size_t batch_size) {
  const std::unique_ptr<Network> network = make_network(spec, kernels);
  fit.epochs = epochs;
  fit.batch_size = batch_size;
  const std::atomic<bool> stop{false};
  uint32_t told = 0;
  const std::function<void(const EpochOutcome&)> on_epoch = [&told](const EpochOutcome&) {
    ++told;
  };
  const int64_t count =
      allocations_of([&] { Trainer(*network, std::move(fit)).run(stop, on_epoch); });
  REQUIRE(told == epochs);
  REQUIRE(network->steps_taken() == epochs * ((kRows + batch_size - 1) / batch_size));
  return count;
}

TEST_CASE("allocations are counted, whoever makes them") {
  if (!test::counts_allocations_or_skips()) return;
  static void* volatile kept;  // a compiler may omit an unused allocation
  CHECK(allocations_of([] { kept = std::malloc(10); }) == 1);
  std::free(kept);
  CHECK(allocations_of([] { kept = new int(1); }) == 1);
  delete static_cast<int*>(kept);
  CHECK(allocations_of([] { kept = ::operator new(64, std::align_val_t(64)); }) == 1);
  ::operator delete(kept, std::align_val_t(64));
  CHECK(allocations_of([] { AlignedArray<float> large(1 << 20); }) == 1);
  CHECK(allocations_of([] {}) == 0);
}

TEST_CASE("a fit's allocations depend neither on its steps nor on its epochs") {
  if (!test::counts_allocations_or_skips()) return;
  struct Variant {
    std::string name;
    std::function<void(NetworkSpec&, FitSpec&)> change;
  };
  const std::vector<Variant> variants = {
      {"adam", [](NetworkSpec&, FitSpec&) {}},
      {"sgd", [](NetworkSpec& net, FitSpec&) { net.optimizer.kind = OptimizerKind::kSgd; }},
      {"clipping", [](NetworkSpec& net, FitSpec&) { net.optimizer.clip_norm = 0.1; }},
      {"dropout, l2 and smoothing",
       [](NetworkSpec& net, FitSpec&) {
         net.layers[0].dropout = 0.3;
         net.l2 = 1e-3;
         net.label_smoothing = 0.1;
       }},
      {"a scale of the inputs",
       [](NetworkSpec& net, FitSpec&) { net.input_scale = TensorFactors{}; }},
      {"a gradient tolerance", [](NetworkSpec&, FitSpec& fit) { fit.gradient_tolerance = 1e-12; }},
      {"validation and the best weights kept",
       [](NetworkSpec&, FitSpec& fit) {
         fit.validation = fit.training;
         fit.plateau = PlateauSpec{};
         fit.early_stopping = EarlyStoppingSpec{.patience = 1000, .restore_best = true};
       }},
      {"an order of its own",
       [](NetworkSpec&, FitSpec& fit) {
         fit.order.resize(kRows);
         std::iota(fit.order.begin(), fit.order.end(), 0u);
         fit.order_rows = kRows;
       }},
  };
  for (const Kernels* kernels : kernels_to_count()) {
    for (const size_t threads : {1, 3}) {
      for (const Variant& variant : variants) {
        NetworkSpec spec = shared_out(threads);
        FitSpec fit;
        fit.training = Data(spec).dataset(spec);
        variant.change(spec, fit);
        const std::string set = kernels->name;
        CAPTURE(set);
        CAPTURE(threads);
        CAPTURE(variant.name);
        // Starts the helper threads, and reserves the memory's entry for each shape.
        for (const size_t batch_size : {kRows, size_t{40}, size_t{7}}) {
          allocations_of_fit(spec, *kernels, fit, 1, batch_size);
        }
        const int64_t few = allocations_of_fit(spec, *kernels, fit, 2, kRows);
        CHECK(few > 0);
        CHECK(allocations_of_fit(spec, *kernels, fit, 9, kRows) == few);
        CHECK(allocations_of_fit(spec, *kernels, fit, 2, 40) == few);
        CHECK(allocations_of_fit(spec, *kernels, fit, 9, 7) == few);
      }
    }
  }
}

TEST_CASE("alternating batches of two sizes allocate once for each size") {
  if (!test::counts_allocations_or_skips()) return;
  const NetworkSpec spec = shared_out(2);
  const Data data(spec);
  const std::unique_ptr<Network> network = make_network(spec, *supported_kernels().front());
  const auto both = [&] {
    network->train_batch(data.first(kRows));
    network->train_batch(data.first(kRows / 2));
  };
  CHECK(allocations_of(both) > 0);
  const size_t bytes = network->bytes();
  CHECK(allocations_of([&] {
          for (int i = 0; i < 20; ++i) both();
        }) == 0);
  // A third one replaces the least recently used one.
  CHECK(allocations_of([&] { network->train_batch(data.first(kRows / 3)); }) > 0);
  CHECK(network->bytes() < bytes);
  CHECK(allocations_of([&] { network->train_batch(data.first(kRows / 2)); }) == 0);
}

TEST_CASE("calls of one size allocate once") {
  if (!test::counts_allocations_or_skips()) return;
  for (const Kernels* kernels : kernels_to_count()) {
    for (const size_t threads : {1, 3}) {
      const std::string set = kernels->name;
      CAPTURE(set);
      CAPTURE(threads);
      const NetworkSpec spec = shared_out(threads);
      const Data data(spec);
      const std::unique_ptr<Network> network = make_network(spec, *kernels);
      std::vector<uint32_t> rows(kRows);
      std::iota(rows.begin(), rows.end(), 0u);
      std::vector<float> outputs(kRows * spec.output_size());
      std::vector<float> parameters(network->parameter_count());
      const auto calls = [&] {
        network->train_batch(data.first(kRows));
        network->evaluate(data.first(kRows), rows, outputs.data());
        network->predict(data.inputs.data(), kRows, outputs.data());
        network->predict(data.inputs.data(), 1, outputs.data());
        network->get_parameters(parameters);
        network->set_parameters(parameters);
      };
      CHECK(allocations_of(calls) > 0);
      CHECK(allocations_of([&] {
              for (int i = 0; i < 20; ++i) calls();
            }) == 0);
    }
  }
}

}  // namespace
}  // namespace chainrule
