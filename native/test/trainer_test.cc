#include "fit/trainer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "runtime/error.h"
#include "support.h"

namespace chainrule {
namespace {

using test::classifier;
using test::random_floats;

constexpr size_t kRows = 250;

std::shared_ptr<const Dataset> make_dataset(const NetworkSpec& spec) {
  const std::vector<float> inputs = random_floats(kRows * spec.input_size, 1);
  std::vector<int32_t> labels;
  for (size_t r = 0; r < kRows; ++r) labels.push_back(inputs[r * spec.input_size] > 0 ? 1 : 0);
  return std::make_shared<const Dataset>(
      Samples{kRows, inputs.data(), nullptr, labels.data(), nullptr}, spec.input_size, 0);
}

FitSpec fit_spec(const NetworkSpec& spec) {
  FitSpec fit;
  fit.epochs = 4;
  fit.batch_size = 32;
  fit.seed = 1;
  fit.training = make_dataset(spec);
  return fit;
}

std::vector<float> parameters_of(Network& network) {
  std::vector<float> flat(network.parameter_count());
  network.get_parameters(flat);
  return flat;
}

Network& fresh(std::unique_ptr<Network>& holder, const NetworkSpec& spec) {
  holder = std::make_unique<Network>(spec, *supported_kernels().front(),
                                     random_floats(test::parameter_count(spec), 4, 0.3f));
  return *holder;
}

TEST_CASE("a fit learns, reports every epoch and gives the same bits on any number of threads") {
  std::vector<float> first;
  for (const size_t threads : {1, 2, 3, 4}) {
    const NetworkSpec spec = classifier({300, 200, 2}, threads);
    std::unique_ptr<Network> holder;
    Network& network = fresh(holder, spec);
    FitSpec fit = fit_spec(spec);
    fit.validation = fit.training;
    std::vector<EpochOutcome> epochs;
    const std::atomic<bool> stop{false};
    const FitOutcome end = Trainer(network, fit).run(stop, [&](const EpochOutcome& outcome) {
      epochs.push_back(outcome);
    });
    CHECK(end.stopped_by == FitEnd::kEpochs);
    REQUIRE(epochs.size() == 4);
    CHECK(epochs.back().epoch == 4);
    CHECK(epochs.back().loss < epochs.front().loss);
    CHECK(epochs.back().validation.decided == kRows);
    CHECK(network.steps_taken() == 4 * 8);
    const std::vector<float> after = parameters_of(network);
    if (first.empty()) first = after;
    CHECK(after == first);
  }
}

TEST_CASE("a fit that tries several numbers of threads takes every step once") {
  std::vector<float> expected;
  for (const size_t threads : {1, 2, 5}) {
    const NetworkSpec spec = classifier({310, 200, 2}, threads);
    std::unique_ptr<Network> holder;
    Network& network = fresh(holder, spec);
    FitSpec fit = fit_spec(spec);
    fit.epochs = 12;
    // Epochs longer than a trial, which so ends within an epoch; the last batch is smaller.
    fit.training_rows.clear();
    for (uint32_t i = 0; i < 12 * kRows; ++i) fit.training_rows.push_back(i % kRows);
    std::vector<double> losses;
    const std::atomic<bool> stop{false};
    Trainer(network, fit).run(stop, [&](const EpochOutcome& outcome) {
      losses.push_back(outcome.loss);
    });
    CHECK(losses.size() == 12);
    CHECK(network.steps_taken() == 12 * 94);
    std::vector<float> after = parameters_of(network);
    for (const double loss : losses) after.push_back(static_cast<float>(loss));
    if (expected.empty()) expected = after;
    CHECK(after == expected);
    const auto found =
        ThreadMemory::shared().find(step_shape(spec, fit.batch_size, threads, false, 94));
    CHECK(found.has_value() == (threads > 1));
    if (found) CHECK(found->threads <= threads);
  }
}

TEST_CASE("a fit stops when told to, and the network is free again") {
  const NetworkSpec spec = classifier({300, 200, 2}, 2);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  FitSpec fit = fit_spec(spec);
  fit.epochs = 1000000;
  std::atomic<bool> stop{false};
  {
    Trainer trainer(network, fit);
    CHECK_THROWS_AS(Trainer(network, fit), Error);
    CHECK_THROWS_AS(network.set_steps_taken(3), Error);
    const FitOutcome end = trainer.run(stop, [&](const EpochOutcome& outcome) {
      if (outcome.epoch == 2) stop = true;
    });
    CHECK(end.stopped_by == FitEnd::kAborted);
  }
  CHECK(network.steps_taken() == 2 * 8);
  network.set_steps_taken(0);
}

TEST_CASE("an exception from a callback ends the fit, and the network is free again") {
  const NetworkSpec spec = classifier({300, 20, 2}, 2);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  const std::atomic<bool> stop{false};
  for (int time = 0; time < 3; ++time) {
    CHECK_THROWS_AS(Trainer(network, fit_spec(spec))
                        .run(stop, [](const EpochOutcome&) { throw std::runtime_error("enough"); }),
                    std::runtime_error);
  }
  CHECK(network.steps_taken() == 3 * 8);
  // From another thread, which a mutex left locked would block for ever.
  std::thread([&] { network.set_steps_taken(0); }).join();
  CHECK(network.steps_taken() == 0);
}

TEST_CASE("a fit that pauses after any epoch continues to the same bits, in another network") {
  NetworkSpec spec = classifier({300, 20, 2}, 2);
  spec.layers.front().dropout = 0.2;
  FitSpec fit = fit_spec(spec);
  fit.epochs = 7;
  fit.validation = fit.training;
  fit.learning_rates = {0.1, 0.09, 0.3, 0.01, 0.2, 0.01, 0.3};
  fit.plateau =
      PlateauSpec{.monitor = Monitor::kLoss, .factor = 0.5, .patience = 1, .min_delta = 1e-2};
  fit.early_stopping = EarlyStoppingSpec{
      .monitor = Monitor::kValidationLoss, .patience = 4, .min_delta = 1e-2, .restore_best = true};
  const std::atomic<bool> stop{false};
  const auto run = [&](Network& network, uint32_t pause_after, FitState& state) {
    FitSpec part = fit;
    part.pause_after = pause_after;
    Trainer trainer(network, part, std::move(state));
    const FitOutcome end = trainer.run(stop, [](const EpochOutcome&) {});
    state = trainer.take_state();
    return end;
  };
  std::unique_ptr<Network> holder;
  FitState none;
  const FitOutcome whole_end = run(fresh(holder, spec), 0, none);
  const std::vector<float> whole = parameters_of(*holder);
  const uint64_t steps = holder->steps_taken();
  for (uint32_t pause = 1; pause < none.epochs_done; ++pause) {
    CAPTURE(pause);
    FitState state;
    const FitOutcome end = run(fresh(holder, spec), pause, state);
    CHECK(end.stopped_by == FitEnd::kPaused);
    CHECK(state.epochs_done == pause);
    // What a file would hold: flat parameters and moments, and the steps taken.
    std::vector<float> parameters = parameters_of(*holder);
    std::vector<float> first(parameters.size()), second(parameters.size());
    const std::vector<std::span<float>> moments = {first, second};
    const uint64_t taken = holder->get_optimizer_state(moments);
    Network other(spec, *supported_kernels().front(), parameters);
    other.set_moment(0, first);
    other.set_moment(1, second);
    other.set_steps_taken(taken);
    const FitOutcome last = run(other, 0, state);
    CHECK(last.stopped_by == whole_end.stopped_by);
    CHECK(last.best_epoch == whole_end.best_epoch);
    CHECK(parameters_of(other) == whole);
    CHECK(other.steps_taken() == steps);
  }
}

TEST_CASE(
    "a fit that is asked to pause ends after the epoch that runs, and goes on to the same bits") {
  const NetworkSpec spec = classifier({300, 20, 2}, 2);
  FitSpec fit = fit_spec(spec);
  fit.epochs = 6;
  std::atomic<bool> stop{false};
  std::unique_ptr<Network> holder;
  Trainer(fresh(holder, spec), fit).run(stop, [](const EpochOutcome&) {});
  const std::vector<float> whole = parameters_of(*holder);

  FitState state;
  fresh(holder, spec);
  for (uint32_t epochs = 1; epochs <= fit.epochs; ++epochs) {
    Trainer trainer(*holder, fit, std::move(state));
    trainer.pause();
    uint32_t reported = 0;
    const FitOutcome end =
        trainer.run(stop, [&](const EpochOutcome& outcome) { reported = outcome.epoch; });
    state = trainer.take_state();
    CHECK(reported == epochs);
    // Asked to pause after the last epoch, too, where there is nothing left to continue.
    CHECK(end.stopped_by == (epochs < fit.epochs ? FitEnd::kPaused : FitEnd::kEpochs));
  }
  CHECK(parameters_of(*holder) == whole);
}

TEST_CASE("a pause from another thread, while the fit runs, loses no step") {
  const NetworkSpec spec = classifier({300, 20, 2}, 2);
  FitSpec fit = fit_spec(spec);
  fit.epochs = 1000000;
  const std::atomic<bool> stop{false};
  std::unique_ptr<Network> holder;
  Trainer trainer(fresh(holder, spec), fit);
  std::thread asking([&] {
    while (holder->steps_taken() < 20) std::this_thread::yield();
    trainer.pause();
  });
  const FitOutcome end = trainer.run(stop, [](const EpochOutcome&) {});
  asking.join();
  CHECK(end.stopped_by == FitEnd::kPaused);
  CHECK(holder->steps_taken() == 8 * trainer.take_state().epochs_done);
}

/// Pauses after its second epoch. Its first one stays the best, and is put back at its end.
FitSpec fit_whose_first_epoch_is_best(const NetworkSpec& spec) {
  FitSpec fit = fit_spec(spec);
  fit.pause_after = 2;
  fit.early_stopping = EarlyStoppingSpec{
      .monitor = Monitor::kLoss, .patience = 9, .min_delta = 1e9, .restore_best = true};
  return fit;
}

TEST_CASE("a stop by who hears of an epoch wins over a pause after it") {
  const NetworkSpec spec = classifier({300, 20, 2}, 2);
  const FitSpec fit = fit_whose_first_epoch_is_best(spec);
  std::atomic<bool> stop{false};
  std::unique_ptr<Network> holder;
  Trainer trainer(fresh(holder, spec), fit);
  const FitOutcome end =
      trainer.run(stop, [&](const EpochOutcome& outcome) { stop = outcome.epoch == 2; });
  CHECK(end.stopped_by == FitEnd::kAborted);
  CHECK(holder->steps_taken() == 8);
}

TEST_CASE(
    "a fit that was stopped before it began prepares nothing and puts its best network back") {
  const NetworkSpec spec = classifier({300, 20, 2}, 2);
  const FitSpec fit = fit_whose_first_epoch_is_best(spec);
  std::atomic<bool> stop{false};
  std::unique_ptr<Network> holder;
  Trainer first(fresh(holder, spec), fit);
  CHECK(first.run(stop, [](const EpochOutcome&) {}).stopped_by == FitEnd::kPaused);
  CHECK(holder->steps_taken() == 16);
  FitState state = first.take_state();
  stop = true;
  uint32_t heard = 0;
  // The first one holds the network for as long as it lives.
  const std::vector<float> parameters = parameters_of(*holder);
  std::unique_ptr<Network> second_holder;
  Network& second = fresh(second_holder, spec);
  second.set_parameters(parameters);
  const FitOutcome end =
      Trainer(second, fit, std::move(state)).run(stop, [&](const EpochOutcome&) { ++heard; });
  CHECK(end.stopped_by == FitEnd::kAborted);
  CHECK(end.best_epoch == 1);
  CHECK(heard == 0);
  CHECK(second.steps_taken() == 8);
}

TEST_CASE("a fit that diverges says where, before that step changed anything") {
  NetworkSpec spec = classifier({300, 20, 2}, 2);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  std::vector<float> inputs = random_floats(kRows * spec.input_size, 1);
  inputs[100 * spec.input_size] = INFINITY;
  const std::vector<int32_t> labels(kRows, 1);
  FitSpec fit = fit_spec(spec);
  fit.sampling = Sampling::kSequential;
  fit.training = std::make_shared<const Dataset>(
      Samples{kRows, inputs.data(), nullptr, labels.data(), nullptr}, spec.input_size, 0);
  const std::atomic<bool> stop{false};
  const FitOutcome end = Trainer(network, fit).run(stop, [](const EpochOutcome&) {});
  CHECK(end.stopped_by == FitEnd::kDiverged);
  CHECK(end.diverged_epoch == 1);
  CHECK(end.diverged_step == 4);  // row 100 is in the fourth batch of 32
  CHECK(network.steps_taken() == 3);
  for (const float value : parameters_of(network)) CHECK(std::isfinite(value));
}

TEST_CASE("others see the weights between two steps of a fit") {
  const NetworkSpec spec = classifier({300, 200, 2}, 2);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  FitSpec fit = fit_spec(spec);
  fit.epochs = 1000000;
  std::atomic<bool> stop{false};
  std::thread training([&] { Trainer(network, fit).run(stop, [](const EpochOutcome&) {}); });
  const std::vector<float> inputs = random_floats(10 * spec.input_size, 9);
  std::vector<float> outputs(20);
  while (network.steps_taken() == 0) std::this_thread::yield();
  for (int look = 0; look < 200; ++look) {
    network.predict(inputs.data(), 10, outputs.data());
    for (size_t r = 0; r < 10; ++r)
      CHECK(test::close(outputs[2 * r] + outputs[2 * r + 1], 1, 1e-5));
  }
  stop = true;
  training.join();
  CHECK(network.steps_taken() > 0);
}

TEST_CASE("data that does not fit is refused") {
  const NetworkSpec spec = classifier({30, 20, 2}, 1);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  FitSpec fit = fit_spec(spec);
  fit.training_rows = {0, kRows};
  CHECK_THROWS_AS(Trainer(network, fit), Error);
  fit = fit_spec(classifier({31, 2}, 1));
  CHECK_THROWS_AS(Trainer(network, fit), Error);
  const std::vector<float> inputs(kRows * 30);
  const std::vector<int32_t> labels(kRows, 2);
  fit = fit_spec(spec);
  fit.training = std::make_shared<const Dataset>(
      Samples{kRows, inputs.data(), nullptr, labels.data(), nullptr}, 30, 0);
  CHECK_THROWS_AS(Trainer(network, fit), Error);
}

TEST_CASE("a state of another network and a schedule of no shares are refused") {
  const NetworkSpec spec = classifier({30, 20, 2}, 1);
  std::unique_ptr<Network> holder;
  Network& network = fresh(holder, spec);
  FitSpec fit = fit_spec(spec);
  const size_t floats = network.layout().floats;
  const auto state_with = [](size_t parameters, size_t first, size_t second) {
    FitState state;
    state.best.parameters = AlignedArray<float>(parameters);
    state.best.moments[0] = AlignedArray<float>(first);
    state.best.moments[1] = AlignedArray<float>(second);
    return state;
  };
  CHECK_THROWS_AS(Trainer(network, fit, state_with(floats - 1, floats, floats)), Error);
  CHECK_THROWS_AS(Trainer(network, fit, state_with(floats, floats, floats + 1)), Error);
  CHECK_THROWS_AS(Trainer(network, fit, state_with(floats, floats, 0)), Error);
  CHECK_NOTHROW(Trainer(network, fit, state_with(floats, floats, floats)));
  for (const double factor : {1.5, -0.1, static_cast<double>(NAN)}) {
    fit.schedule.dropouts.assign(4 * 8, 1);
    CHECK_NOTHROW(Trainer(network, fit));
    fit.schedule.dropouts.back() = factor;
    CHECK_THROWS_AS(Trainer(network, fit), Error);
  }
}

TEST_CASE("any number of rollbacks makes a learning rate smaller") {
  const NetworkSpec spec = classifier({30, 20, 2}, 1);
  std::unique_ptr<Network> holder;
  FitSpec fit = fit_spec(spec);
  fit.epochs = 1;
  for (const uint32_t rollbacks : {1u, 10u, 2000u, 1u << 31, UINT32_MAX}) {
    CAPTURE(rollbacks);
    FitState state;
    state.rollbacks = rollbacks;
    const std::atomic<bool> stop{false};
    const double halved =
        std::ldexp(spec.optimizer.learning_rate, -static_cast<int>(std::min(rollbacks, 2000u)));
    Trainer(fresh(holder, spec), fit, std::move(state)).run(stop, [&](const EpochOutcome& outcome) {
      CHECK(outcome.learning_rate == halved);
    });
    CHECK(holder->steps_taken() == 8);
  }
}

}  // namespace
}  // namespace chainrule
