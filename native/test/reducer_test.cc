#include "step/reducer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "network/perceptron.h"
#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

/// The sums on their way through the parts of a batch, each on a thread of its own.
class Chain {
 public:
  explicit Chain(size_t parts) : parts_(parts) {}

  template <typename Number>
  void continue_sums(size_t part, std::span<Number> sums) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == part; });
    if (part == 0) sums_.assign(sums.size(), 0.0);
    std::copy(sums_.begin(), sums_.end(), sums.begin());
  }

  template <typename Number>
  void complete_sums(size_t part, std::span<Number> sums) {
    std::unique_lock lock(mutex_);
    sums_.assign(sums.begin(), sums.end());
    turn_ = part + 1;
    changed_.notify_all();
    changed_.wait(lock, [&] { return turn_ >= parts_; });
    std::copy(sums_.begin(), sums_.end(), sums.begin());
    // The last to leave opens the chain again.
    if (++turn_ == 2 * parts_) turn_ = 0;
    changed_.notify_all();
    changed_.wait(lock, [&] { return turn_ < parts_; });
  }

 private:
  const size_t parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t turn_ = 0;           // the part that may continue; from `parts_` on, parts are leaving
  std::vector<double> sums_;  // a float is a double without rounding
};

class ChainLink : public Reducer {
 public:
  ChainLink(Chain& chain, size_t part) : chain_(chain), part_(part) {}
  void continue_sums(std::span<double> sums) override { chain_.continue_sums(part_, sums); }
  void continue_sums(std::span<float> sums) override { chain_.continue_sums(part_, sums); }
  void complete_sums(std::span<double> sums) override { chain_.complete_sums(part_, sums); }
  void complete_sums(std::span<float> sums) override { chain_.complete_sums(part_, sums); }

 private:
  Chain& chain_;
  size_t part_;
};

struct Problem {
  NetworkSpec spec;
  size_t rows;
  std::vector<float> inputs, targets, weights;

  Problem(const NetworkSpec& network, size_t count, bool weighted)
      : spec(network),
        rows(count),
        inputs(test::random_floats(count * network.input_size, 1)),
        targets(test::random_floats(count * network.output_size(), 2)) {
    for (float& target : targets) target = std::fabs(target);
    if (weighted) weights = test::random_floats(count, 3);
    for (float& weight : weights) weight = std::fabs(weight);
  }

  Samples part(size_t first, size_t count) const {
    return {count, inputs.data() + first * spec.input_size,
            targets.data() + first * spec.output_size(), nullptr,
            weights.empty() ? nullptr : weights.data() + first};
  }
};

/// What training leaves: the losses, and the parameters.
struct Trained {
  std::vector<double> losses;
  std::vector<float> parameters;
  bool operator==(const Trained&) const = default;
};

constexpr int kSteps = 4;

/// Trains on parts of `problem` that begin at these rows; the first begins at 0.
std::vector<Trained> train_parts(const Kernels& kernels, const Problem& problem,
                                 const std::vector<size_t>& cuts) {
  const std::vector<float> parameters =
      test::random_floats(test::parameter_count(problem.spec), 4, 0.5f);
  Chain chain(cuts.size());
  std::vector<Trained> all(cuts.size());
  std::vector<std::thread> threads;
  for (size_t k = 0; k < cuts.size(); ++k) {
    threads.emplace_back([&, k] {
      Perceptron network(problem.spec, kernels, parameters);
      ChainLink link(chain, k);
      BatchPart part(link, network.layout(), cuts[k]);
      const size_t end = k + 1 < cuts.size() ? cuts[k + 1] : problem.rows;
      for (int step = 0; step < kSteps; ++step) {
        all[k].losses.push_back(network.train_batch(problem.part(cuts[k], end - cuts[k]), &part));
      }
      all[k].parameters.resize(parameters.size());
      flatten(network.layout(), network.state().parameters, all[k].parameters);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return all;
}

/// In one network, which stores its gradients as the parts do.
Trained train_whole(const Kernels& kernels, const Problem& problem) {
  Perceptron network(problem.spec, kernels,
                     test::random_floats(test::parameter_count(problem.spec), 4, 0.5f));
  network.force_path(StepPath::kTwoPasses);
  Trained trained;
  for (int step = 0; step < kSteps; ++step) {
    trained.losses.push_back(network.train_batch(problem.part(0, problem.rows)));
  }
  trained.parameters.resize(network.layout().count);
  flatten(network.layout(), network.state().parameters, trained.parameters);
  return trained;
}

TEST_CASE("a batch in parts, wherever it is cut, gives the bits of the whole batch") {
  std::vector<NetworkSpec> specs;
  specs.push_back(test::classifier({9, 33, 17, 3}, 1));
  specs.push_back(test::classifier({60, 150, 70, 5}, 3));
  specs.back().layers[0].dropout = 0.4;
  specs.back().l2 = 0.03;
  specs.push_back(test::classifier({20, 40, 1}, 2));
  specs.back().loss = Loss::kBce;
  specs.back().layers.back().activation = Activation::kSigmoid;
  specs.back().optimizer.clip_norm = 0.05;
  for (const double clip_norm : {0.0, 0.05}) {
    specs.push_back(test::classifier({20, 40, 3}, 2));
    specs.back().input_scale = TensorFactors{};
    specs.back().l2 = 0.03;
    specs.back().optimizer.clip_norm = clip_norm;
  }
  for (const Kernels* kernels : supported_kernels()) {
    for (const NetworkSpec& spec : specs) {
      for (const bool weighted : {false, true}) {
        const Problem problem(spec, 37, weighted);
        const Trained whole = train_whole(*kernels, problem);
        for (const std::vector<size_t>& cuts :
             std::vector<std::vector<size_t>>{{0}, {0, 1}, {0, 36}, {0, 16, 20}, {0, 5, 9, 30}}) {
          for (const Trained& part : train_parts(*kernels, problem, cuts)) {
            CAPTURE(kernels->name);
            CAPTURE(spec.input_size);
            CAPTURE(weighted);
            CAPTURE(cuts.size());
            CHECK((part == whole));
          }
        }
      }
    }
  }
}

TEST_CASE("a number in one part that is not finite keeps all parts from changing a weight") {
  Problem problem(test::classifier({6, 5, 2}, 1), 8, false);
  problem.inputs[7 * 6] = HUGE_VALF;  // in the last part
  const std::vector<float> parameters =
      test::random_floats(test::parameter_count(problem.spec), 4, 0.5f);
  Chain chain(2);
  std::vector<std::thread> threads;
  std::vector<int> refused(2, 0);
  for (size_t k = 0; k < 2; ++k) {
    threads.emplace_back([&, k] {
      Perceptron network(problem.spec, *supported_kernels().front(), parameters);
      ChainLink link(chain, k);
      BatchPart part(link, network.layout(), 4 * k);
      try {
        network.train_batch(problem.part(4 * k, 4), &part);
      } catch (const Error& error) {
        refused[k] = error.code() == ErrorCode::kDiverged;
      }
      std::vector<float> after(parameters.size());
      flatten(network.layout(), network.state().parameters, after);
      refused[k] += after == parameters;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(refused[0] == 2);
  CHECK(refused[1] == 2);
}

TEST_CASE("gradients in the seam's layout do not depend on the width of vectors") {
  const NetworkSpec spec = test::classifier({5, 19, 3}, 1);
  const std::vector<float> flat = test::random_floats(test::parameter_count(spec), 8);
  for (const size_t lanes : {1, 4, 8, 16}) {
    for (const bool whole : {false, true}) {
      const ParameterLayout layout = make_parameter_layout(spec, {lanes, whole});
      AlignedArray<float> panels(layout.floats);
      std::vector<float> again(flat.size());
      unflatten(layout, flat, panels);
      flatten(layout, panels, again);
      CHECK(again == flat);
    }
  }
}

}  // namespace
}  // namespace chainrule
