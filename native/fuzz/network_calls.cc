#include <optional>
#include <span>
#include <vector>

#include "arrays.h"
#include "calls.h"
#include "refusal.h"

namespace chainrule::fuzz {
namespace {

// Multiply-adds of a forward pass that are done in a moment, though enough for several threads.
constexpr size_t kMostWork = 300'000;
// From here on rows are too many for any call.
constexpr size_t kManyRows = 65535;

void require_busy(const std::optional<ErrorCode>& code, bool reserved) {
  require(!reserved || code == ErrorCode::kBusy, "a reserved network was changed");
}

Arrays draw_samples(Reader& reader, const Network& network) {
  const NetworkSpec& spec = network.spec();
  return draw_arrays(reader, {.rows = draw_row_count(reader, spec, network.parameter_count()),
                              .inputs = spec.input_size,
                              .outputs = spec.output_size(),
                              .may_have_labels = info_of(spec.loss).task == Task::kClasses});
}

/// The right number, or sometimes another one.
size_t draw_count(Reader& reader, size_t right) {
  if (!reader.one_in(16)) return right;
  return reader.one_in(2) ? right + 1 : right - 1;
}

void train_batch(Reader& reader, Network& network, bool reserved) {
  const Arrays arrays = draw_samples(reader, network);
  require_busy(refusal_of(network, [&] { network.train_batch(arrays.view); }), reserved);
}

void gradients(Reader& reader, Network& network, bool) {
  const Arrays arrays = draw_samples(reader, network);
  std::vector<float> flat(draw_count(reader, network.parameter_count()));
  const bool for_inputs = arrays.view.rows < kManyRows && reader.one_in(2);
  std::vector<float> d_inputs(for_inputs ? arrays.view.rows * network.spec().input_size : 0);
  refusal_of(network, [&] {
    network.loss_and_gradients(arrays.view, flat, for_inputs ? d_inputs.data() : nullptr);
  });
}

void evaluate(Reader& reader, Network& network, bool) {
  const Arrays arrays = draw_samples(reader, network);
  std::vector<uint32_t> rows(1 + reader.below(40));
  const size_t step = reader.below(256);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<uint32_t>(i * step % arrays.view.rows);
  }
  std::vector<float> outputs(reader.one_in(2) ? 0 : rows.size() * network.spec().output_size());
  refusal_of(network, [&] {
    network.evaluate(arrays.view, rows, outputs.empty() ? nullptr : outputs.data());
  });
}

void predict(Reader& reader, Network& network, bool) {
  const NetworkSpec& spec = network.spec();
  size_t rows = draw_row_count(reader, spec, network.parameter_count());
  if (rows >= kManyRows) rows = 1200;  // any number is right: they pass in chunks
  const std::vector<float> inputs = draw_floats(reader, rows * spec.input_size);
  std::vector<float> outputs(rows * spec.output_size());
  const std::atomic<bool> stop{reader.one_in(8)};
  refusal_of(network, [&] { network.predict(inputs.data(), rows, outputs.data(), &stop); });
}

void exchange_parameters(Reader& reader, Network& network, bool reserved) {
  std::vector<float> flat(draw_count(reader, network.parameter_count()));
  refusal_of(network, [&] { network.get_parameters(flat); });
  const std::vector<float> fresh =
      draw_floats(reader, draw_count(reader, network.parameter_count()));
  const auto code = refusal_of(network, [&] { network.set_parameters(fresh); });
  if (fresh.size() == network.parameter_count()) require_busy(code, reserved);
}

void exchange_moments(Reader& reader, Network& network, bool reserved) {
  const size_t count = network.parameter_count();
  std::vector<std::vector<float>> moments(network.moments());
  std::vector<std::span<float>> spans;
  for (std::vector<float>& moment : moments) {
    moment.resize(draw_count(reader, count));
    spans.push_back(moment);
  }
  refusal_of(network, [&] { network.get_optimizer_state(spans); });
  const uint64_t steps = reader.word(reader.below(9));
  require_busy(refusal_of(network, [&] { network.set_steps_taken(steps); }), reserved);
  if (moments.empty()) return;
  const std::vector<float> fresh = draw_floats(reader, draw_count(reader, count));
  const size_t which = reader.below(moments.size());
  const auto code = refusal_of(network, [&] { network.set_moment(which, fresh); });
  if (fresh.size() == count) require_busy(code, reserved);
}

/// As if the machine had this little memory left.
void run_short(Reader& reader, Network& network, bool reserved) {
  const Arrays arrays = draw_samples(reader, network);
  const size_t left = reader.below(65536);
  const auto code = refusal_of(network, [&] {
    const Budget budget(left);
    network.train_batch(arrays.view);
  });
  require_busy(code, reserved);
}

void find_non_finite(Reader& reader, Network&, bool) {
  const std::vector<float> values = draw_floats(reader, reader.below(100));
  const size_t at = draw_kernels(reader).first_non_finite(values.data(), values.size());
  require(at <= values.size(), "first_non_finite() is an index or the size");
}

}  // namespace

size_t draw_row_count(Reader& reader, const NetworkSpec& spec, size_t parameters) {
  const size_t most = many_zeros().size() / std::max(spec.input_size, spec.output_size());
  if (reader.one_in(64) && most >= kManyRows) {
    return std::clamp(reader.extreme_size(), kManyRows, most);
  }
  const size_t rows = 1 + reader.below(reader.one_in(2) ? 8 : reader.one_in(4) ? 300 : 70);
  return std::clamp<size_t>(kMostWork / parameters, 1, rows);
}

void call_network(Reader& reader, Network& network, bool reserved) {
  constexpr void (*kCalls[])(Reader&, Network&, bool) = {
      train_batch,         gradients,        evaluate,  predict,
      exchange_parameters, exchange_moments, run_short, find_non_finite};
  reader.among(kCalls)(reader, network, reserved);
}

}  // namespace chainrule::fuzz
