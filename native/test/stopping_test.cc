#include "fit/stopping.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "fit/trainer.h"

namespace chainrule {
namespace {

EpochOutcome epoch_with_loss(uint32_t epoch, double loss) {
  EpochOutcome outcome;
  outcome.epoch = epoch;
  outcome.loss = loss;
  outcome.validation = {.loss = 10 - loss, .right = static_cast<size_t>(loss), .decided = 10};
  return outcome;
}

TEST_CASE("losses improve downwards, accuracies upwards, by more than min_delta; NaN never does") {
  const auto improved = [](Monitor monitor, double min_delta, std::vector<double> losses) {
    EarlyStopping stopping({.monitor = monitor, .min_delta = min_delta}, {});
    std::vector<bool> best;
    for (const double loss : losses) {
      const auto epoch = static_cast<uint32_t>(best.size() + 1);
      best.push_back(stopping.observe(epoch_with_loss(epoch, loss)));
    }
    return best;
  };
  CHECK(improved(Monitor::kLoss, 0.5, {5, 4.5, 4.4, NAN, 4.4}) ==
        std::vector<bool>{true, false, true, false, false});
  CHECK(improved(Monitor::kValidationAccuracy, 0, {5, 4, 6}) ==
        std::vector<bool>{true, false, true});
  CHECK(improved(Monitor::kValidationLoss, 0, {5, 6}) == std::vector<bool>{true, true});
}

TEST_CASE("early stopping counts the epochs since the best") {
  EarlyStopping stopping(
      {.monitor = Monitor::kLoss, .patience = 2, .min_delta = 0, .restore_best = true}, {});
  CHECK(stopping.observe(epoch_with_loss(1, 3)));
  CHECK_FALSE(stopping.observe(epoch_with_loss(2, 4)));
  CHECK_FALSE(stopping.is_over());
  CHECK(stopping.observe(epoch_with_loss(3, 2)));
  CHECK_FALSE(stopping.observe(epoch_with_loss(4, 2)));
  CHECK_FALSE(stopping.observe(epoch_with_loss(5, 2)));
  CHECK(stopping.is_over());
  CHECK(stopping.best_epoch() == 3);
}

TEST_CASE("a plateau reduces the rate, cools down, and stops at the minimum") {
  Plateau plateau({.monitor = Monitor::kLoss,
                   .factor = 0.5,
                   .patience = 2,
                   .min_delta = 0,
                   .cooldown = 1,
                   .min_learning_rate = 0.2},
                  {});
  std::vector<double> rates;
  for (uint32_t epoch = 1; epoch <= 10; ++epoch) {
    rates.push_back(plateau.reduced(1));
    plateau.observe(epoch_with_loss(epoch, epoch == 1 ? 1 : 2));
  }
  // Two epochs without an improvement halve the rate; the last epoch of a cooldown counts again.
  // counted.
  CHECK(rates == std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2});
  CHECK(plateau.reduced(0.1) == 0.1);
}

}  // namespace
}  // namespace chainrule
