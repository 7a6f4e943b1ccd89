#include "fit/fit_spec.h"

#include <cstddef>

#include "specs.h"

namespace chainrule::fuzz {
namespace {

uint32_t draw_count(Reader& reader) {
  constexpr uint32_t kCounts[] = {0, 1, 2, 1000, UINT32_MAX - 1, UINT32_MAX};
  return reader.one_in(8) ? reader.among(kCounts) : static_cast<uint32_t>(reader.below(6));
}

/// Rows of a dataset, any number of times each; sometimes one that it does not have.
std::vector<uint32_t> draw_rows(Reader& reader, size_t rows, size_t count) {
  std::vector<uint32_t> drawn(count);
  const size_t step = reader.below(256), first = reader.below(256);
  for (size_t i = 0; i < count; ++i) drawn[i] = static_cast<uint32_t>((first + i * step) % rows);
  if (count > 0 && reader.one_in(16)) {
    constexpr uint32_t kBeyond[] = {0, 1, UINT32_MAX / 2, UINT32_MAX};
    drawn[reader.below(count)] = static_cast<uint32_t>(rows) + reader.among(kBeyond);
  }
  return drawn;
}

std::vector<double> draw_factors(Reader& reader, size_t count) {
  std::vector<double> factors(reader.one_in(16) ? reader.below(20) : count);
  for (double& factor : factors) factor = reader.one_in(8) ? reader.number() : reader.fraction();
  return factors;
}

void draw_order(Reader& reader, FitSpec& spec) {
  const size_t rows = spec.training->rows();
  if (reader.one_in(3)) spec.training_rows = draw_rows(reader, rows, reader.below(40));
  if (!reader.one_in(6)) return;
  spec.order_rows = 1 + reader.below(20);
  const size_t times = reader.one_in(2) ? std::min<size_t>(spec.epochs, 8) : 1;
  spec.order = draw_rows(reader, rows, spec.order_rows * times);
  if (reader.one_in(16)) spec.order_rows = reader.extreme_size();
}

/// One of each for every step, if the fit has few; see complete(), which refuses any other number.
void draw_schedule(Reader& reader, FitSpec& spec) {
  size_t rows = spec.training_rows.empty() ? spec.training->rows() : spec.training_rows.size();
  if (!spec.order.empty()) rows = spec.order_rows;
  const size_t batch = std::max<size_t>(1, std::min(spec.batch_size, rows));
  const size_t steps = (spec.drop_last ? rows / batch : (rows + batch - 1) / batch);
  const size_t count = std::min<size_t>(steps, 64) * std::min<size_t>(spec.epochs, 8);
  if (reader.one_in(2)) spec.schedule.learning_rates = draw_factors(reader, count);
  if (reader.one_in(2)) spec.schedule.dropouts = draw_factors(reader, count);
  if (reader.one_in(2)) spec.schedule.weight_decays = draw_factors(reader, count);
}

void draw_stopping(Reader& reader, FitSpec& spec) {
  const auto number = [&] { return reader.one_in(8) ? reader.number() : reader.fraction(); };
  const auto monitor = [&] {
    return spec.validation == nullptr && !reader.one_in(16) ? Monitor::kLoss
                                                            : reader.kind<Monitor>(3);
  };
  if (reader.one_in(4)) {
    spec.plateau = PlateauSpec{.monitor = monitor(),
                               .factor = number(),
                               .patience = draw_count(reader),
                               .min_delta = number(),
                               .cooldown = draw_count(reader),
                               .min_learning_rate = number() / 256,
                               .first_epoch = draw_count(reader)};
  }
  if (reader.one_in(2)) {
    spec.early_stopping = EarlyStoppingSpec{.monitor = monitor(),
                                            .patience = draw_count(reader),
                                            .min_delta = number() - 0.5,
                                            .restore_best = !reader.one_in(4),
                                            .last_of_ties = reader.one_in(2)};
  }
  if (reader.one_in(8)) spec.function_tolerance = number();
  if (reader.one_in(4)) spec.gradient_tolerance = number() / 1024;
  if (reader.one_in(32)) spec.max_milliseconds = reader.number();
}

}  // namespace

FitSpec draw_fit_spec(Reader& reader, const Datasets& datasets) {
  FitSpec spec;
  // The newest one is most likely to go with the network.
  const auto draw_dataset = [&] {
    return reader.one_in(4) ? datasets[reader.below(datasets.size())] : datasets.back();
  };
  spec.training = draw_dataset();
  if (reader.one_in(3)) spec.validation = draw_dataset();
  spec.epochs = 1 + draw_count(reader);
  if (reader.one_in(2)) spec.pause_after = draw_count(reader);
  spec.batch_size = reader.one_in(16) ? reader.extreme_size() : 1 + reader.below(40);
  spec.sampling = reader.kind<Sampling>(3);
  spec.seed = static_cast<uint32_t>(reader.word(1));
  spec.drop_last = reader.one_in(4);
  draw_order(reader, spec);
  if (spec.validation != nullptr && reader.one_in(2)) {
    spec.validation_rows = draw_rows(reader, spec.validation->rows(), reader.below(20));
  }
  if (reader.one_in(6)) {
    spec.learning_rates = draw_factors(reader, std::min<size_t>(spec.epochs, 8));
  }
  if (reader.one_in(4)) draw_schedule(reader, spec);
  draw_stopping(reader, spec);
  spec.statistics = reader.one_in(4);
  spec.on_non_finite = reader.kind<OnNonFinite>(4);
  return spec;
}

void draw_fit_state(Reader& reader, FitState& state) {
  state.epochs_done = draw_count(reader);
  state.last_loss = reader.number();
  state.plateau = {.best = reader.number(),
                   .scale = reader.number(),
                   .waited = draw_count(reader),
                   .cooling = draw_count(reader)};
  state.early_stopping = {
      .best = reader.number(), .waited = draw_count(reader), .best_epoch = draw_count(reader)};
  constexpr uint32_t kRollbacks[] = {0, 1, 10, 11, 1u << 30, 1u << 31, UINT32_MAX};
  state.rollbacks = reader.among(kRollbacks);
}

}  // namespace chainrule::fuzz
