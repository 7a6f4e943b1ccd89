// Every request for memory or a thread may fail: each failure is an error that can be caught, after
// which the network is as it was, nothing is lost, and the next call works.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <vector>

#include "fit/trainer.h"
#include "heap.h"
#include "network/network.h"
#include "runtime/error.h"
#include "runtime/work_queue.h"
#include "support.h"

namespace chainrule {
namespace {

using test::Scarce;
using test::Shortage;

constexpr size_t kRows = 96;
constexpr int64_t kMostRequests = 2000;

struct Held {
  int64_t live = test::live_blocks();
  int64_t bytes = memory_counters().bytes;
  int64_t blocks = memory_counters().blocks;
  bool operator==(const Held&) const = default;
};

/// Parameters, moments and the number of steps.
using Bits = std::vector<float>;

/// A network with data for it.
struct Subject {
  Subject(const NetworkSpec& spec, const Kernels& kernels)
      : inputs(test::random_floats(kRows * spec.input_size, 1)),
        labels(kRows),
        rows(kRows),
        outputs(kRows * spec.output_size()),
        network(std::make_unique<Network>(
            spec, kernels, test::random_floats(test::parameter_count(spec), 4, 0.1f))),
        flat(network->parameter_count()) {
    std::iota(rows.begin(), rows.end(), 0u);
    for (size_t r = 0; r < kRows; ++r) labels[r] = static_cast<int32_t>(r % spec.output_size());
    data = std::make_shared<const Dataset>(samples(), spec.input_size, 0);
    const std::vector<float> moment(flat.size(), 1e-3f);
    for (size_t i = 0; i < network->moments(); ++i) network->set_moment(i, moment);
  }

  Samples samples() const { return {kRows, inputs.data(), nullptr, labels.data(), nullptr}; }

  Bits bits() const {
    const size_t size = network->parameter_count();
    Bits all((1 + network->moments()) * size + 1);
    network->get_parameters({all.data(), size});
    std::vector<std::span<float>> moments;
    for (size_t i = 0; i < network->moments(); ++i) {
      moments.push_back({all.data() + (1 + i) * size, size});
    }
    all.back() = static_cast<float>(network->get_optimizer_state(moments));
    return all;
  }

  std::vector<float> inputs;
  std::vector<int32_t> labels;
  std::vector<uint32_t> rows;
  std::vector<float> outputs;
  std::unique_ptr<Network> network;
  std::vector<float> flat;
  std::shared_ptr<const Dataset> data;
  std::function<void(const Subject&)> on_epoch;  // hears of every epoch of a fit
};

struct Operation {
  std::string name;
  std::function<void(Subject&)> run;
};

/// Runs an operation of which request `first` fails. Returns whether one did; `failed`, whether
/// that was an error.
bool run_short(const Operation& operation, Subject& subject, Scarce what, int64_t first, bool lasts,
               bool& failed) {
  const Shortage shortage(what, first, lasts);
  try {
    operation.run(subject);
  } catch (const Error& error) {
    failed = error.code() == ErrorCode::kMemory;
    if (!failed) throw;
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  return shortage.was_felt();
}

/// Fails one request after another until the operation needs no more of them. Returns how many.
int64_t fail_each(const NetworkSpec& spec, const Kernels& kernels, const Operation& operation,
                  Scarce what, bool lasts) {
  // Starts threads, and makes what lives as long as the process. A fit may end at any of its whole
  // epochs.
  Bits expected;
  std::vector<Bits> whole;
  {
    Subject subject(spec, kernels);
    whole.push_back(subject.bits());
    subject.on_epoch = [&whole](const Subject& now) { whole.push_back(now.bits()); };
    operation.run(subject);
    expected = subject.bits();
    whole.push_back(expected);
  }
  for (int64_t first = 1; first <= kMostRequests; ++first) {
    CAPTURE(first);
    const Held before;
    bool felt = false, failed = false, is_whole = false, is_right = false;
    {
      Subject subject(spec, kernels);
      felt = run_short(operation, subject, what, first, lasts, failed);
      const Bits after = subject.bits();
      is_whole = std::find(whole.begin(), whole.end(), after) != whole.end();
      // The next call works, and an operation that changed nothing can be done again.
      const bool again = failed && after == whole.front();
      if (failed) operation.run(subject);
      is_right = (failed && !again) || subject.bits() == expected;
    }
    const Held after;
    CHECK(is_whole);
    CHECK(is_right);
    CHECK(after.live == before.live);
    CHECK(after.bytes == before.bytes);
    CHECK(after.blocks == before.blocks);
    if (!felt) return first - 1;
  }
  return kMostRequests;
}

void fit(Subject& subject, const std::function<void(FitSpec&)>& change, FitState state = {}) {
  FitSpec spec;
  spec.epochs = 2;
  spec.batch_size = kRows;  // an epoch is a step
  spec.training = subject.data;
  change(spec);
  const std::atomic<bool> stop{false};
  Trainer(*subject.network, std::move(spec), std::move(state))
      .run(stop, [&subject](const EpochOutcome&) {
        if (subject.on_epoch) subject.on_epoch(subject);
      });
}

/// Two parts of one fit, with a pause between them.
void fit_in_parts(Subject& subject) {
  FitState state;
  {
    FitSpec spec;
    spec.epochs = 2;
    spec.pause_after = 1;
    spec.batch_size = kRows;
    spec.training = subject.data;
    const std::atomic<bool> stop{false};
    Trainer trainer(*subject.network, std::move(spec));
    trainer.run(stop, [&subject](const EpochOutcome&) {
      if (subject.on_epoch) subject.on_epoch(subject);
    });
    state = trainer.take_state();
  }
  fit(
      subject, [](FitSpec&) {}, std::move(state));
}

void validate_all(FitSpec& spec) {
  spec.validation = spec.training;
  spec.statistics = true;
  spec.gradient_tolerance = 1e-12;
  spec.plateau = PlateauSpec{};
  spec.early_stopping = EarlyStoppingSpec{.patience = 100, .restore_best = true};
  spec.on_non_finite = OnNonFinite::kRollback;
}

const std::vector<Operation> kOperations = {
    {"make a network",
     [](Subject& subject) {
       const Network& old = *subject.network;
       const Network made(old.spec(), *supported_kernels().front(), subject.flat);
     }},
    {"make a dataset",
     [](Subject& subject) {
       Samples samples = subject.samples();
       samples.weights = subject.inputs.data();
       const Dataset made(samples, subject.network->spec().input_size, 0);
     }},
    {"trainBatch", [](Subject& subject) { subject.network->train_batch(subject.samples()); }},
    {"gradients",
     [](Subject& subject) {
       subject.network->loss_and_gradients(subject.samples(), subject.flat);
     }},
    {"predict",
     [](Subject& subject) {
       subject.network->predict(subject.inputs.data(), kRows, subject.outputs.data());
     }},
    {"evaluate",
     [](Subject& subject) {
       subject.network->evaluate(subject.samples(), subject.rows, subject.outputs.data());
     }},
    {"parameters and state",
     [](Subject& subject) {
       subject.network->get_parameters(subject.flat);
       subject.network->set_parameters(subject.flat);
       const std::span<float> moment = subject.flat;
       if (subject.network->moments() == 0) return;
       subject.network->set_steps_taken(subject.network->get_optimizer_state({&moment, 1}));
       subject.network->set_moment(0, moment);
     }},
    {"fit", [](Subject& subject) { fit(subject, [](FitSpec&) {}); }},
    {"fit with everything", [](Subject& subject) { fit(subject, validate_all); }},
    {"fit in parts", fit_in_parts},
};

NetworkSpec large() {
  NetworkSpec spec = test::classifier({4, 6000, 2}, 1);  // maps its memory
  spec.optimizer.kind = OptimizerKind::kSgd;
  return spec;
}

TEST_CASE("every failed request for memory is an error, after which all is as before") {
  if (!test::refuses_requests_or_skips()) return;
  const NetworkSpec shared = test::classifier({60, 150, 70, 5}, 3);
  NetworkSpec clipping = test::classifier({5, 7, 3}, 1);
  clipping.optimizer.clip_norm = 1;
  clipping.input_scale = TensorFactors{};
  NetworkSpec bf16 = test::classifier({20, 40, 5}, 1);
  bf16.precision = Precision::kBf16;
  bf16.products = ProductsDemand::kEmulated;
  for (const NetworkSpec& spec : {shared, clipping, bf16, large()}) {
    for (const Operation& operation : kOperations) {
      CAPTURE(spec.layers.front().units);
      CAPTURE(operation.name);
      const Kernels& kernels = *supported_kernels().front();
      const int64_t one = fail_each(spec, kernels, operation, Scarce::kMemory, false);
      const int64_t all = fail_each(spec, kernels, operation, Scarce::kMemory, true);
      CHECK(one < kMostRequests);
      CHECK(all < kMostRequests);
      CHECK((one > 0) == (operation.name != "parameters and state"));
    }
  }
}

TEST_CASE("without threads a region runs on those that there are") {
  if (!test::refuses_requests_or_skips()) return;
  for (const bool lasts : {false, true}) {
    for (int64_t first = 1; first <= 4; ++first) {
      const size_t wanted = ThreadPool::shared().helpers() + 4;
      const Held before;
      std::atomic<size_t> workers{0};
      {
        const Shortage shortage(Scarce::kThreads, first, lasts);
        ThreadPool::shared().run(wanted, [&](const Worker& worker) {
          ++workers;
          worker.wait_for_others();
        });
        CHECK(shortage.was_felt() == (first <= 3));
      }
      CHECK(workers == std::min(wanted, wanted - 4 + static_cast<size_t>(first)));
    }
  }
}

TEST_CASE("a task without a thread is refused, and the queue goes on") {
  if (!test::refuses_requests_or_skips()) return;
  static auto& queue = *new WorkQueue(1);  // never destroyed, as its thread may still be ending
  std::atomic<int> done{0};
  for (const Scarce what : {Scarce::kThreads, Scarce::kMemory}) {
    for (int64_t first = 1;; ++first) {
      bool refused = false, felt = false;
      const int before = done;
      {
        const Shortage shortage(what, first, true);
        try {
          queue.submit([&done] { ++done; });
        } catch (const Error& error) {
          refused = error.code() == ErrorCode::kMemory;
        } catch (const std::bad_alloc&) {
          refused = true;
        }
        felt = shortage.was_felt();
      }
      CHECK(refused == felt);
      if (refused) queue.submit([&done] { ++done; });
      while (done == before) std::this_thread::yield();
      CHECK(done == before + 1);
      if (!felt) break;
    }
  }
}

}  // namespace
}  // namespace chainrule
