#include "sequence.h"

#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "plan/products.h"
#include "refusal.h"

namespace chainrule::fuzz {
namespace {

constexpr size_t kMostCalls = 40;
constexpr size_t kMostDatasets = 3;

/// The parameters of a network that can be one; 0 of others.
size_t parameters_of(const NetworkSpec& spec, const Kernels& kernels) {
  try {
    validate(spec);
  } catch (const Error&) {
    return 0;
  }
  return make_parameter_layout(spec, kernels.panels).count;
}

}  // namespace

void Sequence::run() {
  for (size_t call = 0; call < kMostCalls && !reader_.is_at_end(); ++call) {
    if (network_ == nullptr || reader_.one_in(10)) {
      make_network();
      continue;
    }
    if (datasets_.empty() || reader_.one_in(16)) {
      make_dataset();
      continue;
    }
    if (reader_.one_in(64)) ask_for_names();
    if (reader_.one_in(2)) {
      call_fit(reader_, *network_, datasets_, state_);
    } else {
      call_network(reader_, *network_, false);
    }
  }
}

void Sequence::make_network() {
  const NetworkSpec spec = draw_network_spec(reader_);
  const Kernels& kernels = draw_kernels(reader_);
  size_t count = parameters_of(spec, kernels);
  if (reader_.one_in(64)) count += 1;
  constexpr size_t kMostDrawn = size_t{1} << 18;
  std::vector<float> drawn;
  std::span<const float> flat = many_zeros().first(std::min(count, many_zeros().size()));
  if (count <= kMostDrawn) flat = drawn = draw_floats(reader_, count);
  std::unique_ptr<Network> fresh;
  const auto make = [&] { fresh = std::make_unique<Network>(spec, kernels, flat); };
  if (network_ != nullptr) {
    refusal_of(*network_, make);
  } else {
    try {
      const Budget budget;
      make();
    } catch (const Error&) {
    }
  }
  if (fresh == nullptr) return;
  network_ = std::move(fresh);
  make_dataset();  // those that there are go with another network, mostly
}

void Sequence::make_dataset() {
  const NetworkSpec& spec = network_->spec();
  RowShape shape = {
      .rows = draw_row_count(reader_, spec, network_->parameter_count()),
      .inputs = spec.input_size,
      .outputs = spec.output_size(),
      .may_have_labels = info_of(spec.loss).task == Task::kClasses || reader_.one_in(16),
      .any_labels = true};
  if (reader_.one_in(16)) shape.inputs = reader_.below(shape.inputs + 2);
  if (reader_.one_in(16)) shape.outputs = reader_.below(shape.outputs + 2);
  const Arrays arrays = draw_arrays(reader_, shape);
  const size_t outputs = arrays.view.labels == nullptr ? shape.outputs : 0;
  refusal_of(*network_, [&] {
    auto dataset = std::make_shared<const Dataset>(arrays.view, shape.inputs, outputs);
    if (datasets_.size() == kMostDatasets) datasets_.erase(datasets_.begin());
    datasets_.push_back(std::move(dataset));
  });
}

void Sequence::ask_for_names() {
  std::string name;
  for (size_t left = reader_.below(8); left > 0; --left) {
    name += static_cast<char>(reader_.word(1));
  }
  refusal_of(*network_, [&] { kernels_named(name.c_str()); });
  refusal_of(*network_, [&] { products_named(name); });
}

}  // namespace chainrule::fuzz
