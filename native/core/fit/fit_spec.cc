#include "fit/fit_spec.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "runtime/error.h"

namespace chainrule {
namespace {

void require_rows_within(const std::vector<uint32_t>& rows, const Dataset& dataset) {
  for (const uint32_t row : rows) {
    if (row >= dataset.rows()) {
      throw Error(ErrorCode::kShape, "row " + std::to_string(row) + " of a dataset of " +
                                         std::to_string(dataset.rows()) + " rows");
    }
  }
}

void require_schedule(const StepSchedule& schedule, size_t steps) {
  for (const auto* values :
       {&schedule.learning_rates, &schedule.dropouts, &schedule.weight_decays}) {
    if (!values->empty() && values->size() != steps) {
      throw Error(ErrorCode::kShape, "a schedule has " + std::to_string(values->size()) +
                                         " values, expected one for each of " +
                                         std::to_string(steps) + " steps");
    }
  }
  // A layer's dropout is below 1, and so has to be its share.
  const auto is_share = [](double factor) { return factor >= 0 && factor <= 1; };
  if (!std::all_of(schedule.dropouts.begin(), schedule.dropouts.end(), is_share)) {
    throw Error(ErrorCode::kOption, "a schedule's factors of dropout must be in [0, 1]");
  }
}

bool watches_validation(Monitor monitor) { return monitor != Monitor::kLoss; }

}  // namespace

StepRates rates_of(const FitSpec& spec, uint32_t epoch, size_t step, double learning_rate) {
  const size_t at = (epoch - 1) * spec.steps_per_epoch() + step;
  const auto factor = [at](const std::vector<double>& factors) {
    return factors.empty() ? 1 : factors[at];
  };
  return {.learning_rate = learning_rate * factor(spec.schedule.learning_rates),
          .dropout = factor(spec.schedule.dropouts),
          .weight_decay = factor(spec.schedule.weight_decays)};
}

void complete(FitSpec& spec, const NetworkSpec& network) {
  spec.training->require_fits(network);
  require_rows_within(spec.training_rows, *spec.training);
  require_rows_within(spec.order, *spec.training);
  if (spec.order.empty()) {
    spec.order_rows =
        spec.training_rows.empty() ? spec.training->rows() : spec.training_rows.size();
  } else if (spec.order_rows == 0 || spec.order_rows > spec.order.size() ||
             (spec.order.size() != spec.order_rows &&
              spec.order.size() != spec.order_rows * spec.epochs)) {
    throw Error(ErrorCode::kShape, "order has " + std::to_string(spec.order.size()) +
                                       " rows, expected those of one epoch or of all");
  }
  if (spec.order_rows == 0) throw Error(ErrorCode::kShape, "there are no rows to train on");
  spec.batch_size = std::clamp<size_t>(spec.batch_size, 1, spec.order_rows);
  spec.epoch_rows = spec.order_rows - (spec.drop_last ? spec.order_rows % spec.batch_size : 0);
  require_schedule(spec.schedule, spec.epochs * spec.steps_per_epoch());
  if (!spec.learning_rates.empty() && spec.learning_rates.size() != spec.epochs) {
    throw Error(ErrorCode::kShape, "there must be a learning rate for each epoch");
  }
  if (spec.validation != nullptr) {
    spec.validation->require_fits(network);
    require_rows_within(spec.validation_rows, *spec.validation);
    if (spec.validation_rows.empty()) {
      spec.validation_rows.resize(spec.validation->rows());
      std::iota(spec.validation_rows.begin(), spec.validation_rows.end(), 0u);
    }
  } else if ((spec.plateau && watches_validation(spec.plateau->monitor)) ||
             (spec.early_stopping && watches_validation(spec.early_stopping->monitor))) {
    throw Error(ErrorCode::kOption, "there is no validation to monitor");
  }
}

}  // namespace chainrule
