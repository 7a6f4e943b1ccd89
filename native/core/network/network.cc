#include "network/network.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/error.h"

namespace chainrule {
namespace {

// Rows that predict and evaluate take through the network at a time: few enough for the activations
// to stay in cache, enough for a GEMM to run at speed.
constexpr size_t kInferenceRows = 512;

void require_size(const char* what, size_t came, size_t expected) {
  if (came != expected) {
    throw Error(ErrorCode::kShape, std::string(what) + " has " + std::to_string(came) +
                                       " values, expected " + std::to_string(expected));
  }
}

size_t argmax(const float* row, size_t size) {
  return static_cast<size_t>(std::max_element(row, row + size) - row);
}

/// Decisions that are right among `rows` rows of logits in a workspace.
size_t count_right(Loss loss, const Workspace& workspace, const Samples& samples,
                   const uint32_t* order, size_t rows) {
  const LayerPlan& last = workspace.plan.layers.back();
  const size_t out = last.parameters.out;
  size_t right = 0;
  for (size_t r = 0; r < rows; ++r) {
    const float* z = workspace.floats.data() + last.a.offset + r * last.a.stride;
    const size_t row = order[r];
    const float* target = samples.targets == nullptr ? nullptr : samples.targets + row * out;
    if (loss == Loss::kCrossEntropy) {
      const size_t expected =
          target == nullptr ? static_cast<size_t>(samples.labels[row]) : argmax(target, out);
      right += argmax(z, out) == expected ? 1 : 0;
    } else {
      for (size_t j = 0; j < out; ++j) right += (z[j] > 0) == (target[j] > 0.5f) ? 1 : 0;
    }
  }
  return right;
}

}  // namespace

Network::Visit::Visit(Network& network) : network_(network) {
  network_.arrived_.fetch_add(1);
  network_.mutex_.lock();
  network_.admitted_.fetch_add(1);
  network_.admitted_.notify_all();
}

Network::Visit::~Visit() { network_.mutex_.unlock(); }

Network::Network(NetworkSpec spec, const Kernels& kernels, std::span<const float> flat)
    : spec_(std::move(spec)), kernels_(kernels) {
  validate(spec_);
  layout_ = make_parameter_layout(spec_, PanelShape{kernels_.panel_lanes});
  require_size("parameters", flat.size(), layout_.count);
  state_.parameters = AlignedArray<float>(layout_.floats);
  if (moments() > 0) state_.first_moment = AlignedArray<float>(layout_.floats);
  if (moments() > 1) state_.second_moment = AlignedArray<float>(layout_.floats);
  bytes_ = state_.bytes();
  unflatten(flat, state_.parameters);
}

// ---- Buffers, made when first needed and kept while they fit
// --------------------------------------------

void Network::replace(std::unique_ptr<Workspace>& workspace, size_t rows,
                      Workspace::Extras extras) {
  if (workspace != nullptr) bytes_ -= workspace->bytes();
  workspace.reset();  // before the new one, so that there are never two
  workspace = std::make_unique<Workspace>(make_plan(spec_, layout_, rows), extras);
  bytes_ += workspace->bytes();
}

Workspace& Network::training_workspace(size_t rows, Workspace::Extras extras) {
  extras.gradients = spec_.optimizer.clip_norm > 0;
  // What is not asked for must not be there either: the step's path goes by it.
  if (training_ == nullptr || training_->plan.rows != rows || !(training_->extras == extras)) {
    replace(training_, rows, extras);
  }
  return *training_;
}

Workspace& Network::inference_workspace(size_t rows) {
  const size_t chunk = std::min(rows, kInferenceRows);
  if (inference_ == nullptr || inference_->plan.rows < chunk) {
    replace(inference_, chunk, {.targets = true});
  }
  return *inference_;
}

// ---- Training and looking
// --------------------------------------------------------------------------------

void Network::require_not_fitting() const {
  if (fitting_) {
    throw Error(ErrorCode::kBusy, "the network is being trained by a fit that has not ended");
  }
}

double Network::train_batch(const Samples& samples) {
  require_not_fitting();
  Visit visit(*this);
  Workspace& workspace =
      training_workspace(samples.rows, {.targets = Step::copies_targets(spec_, samples, false)});
  Step step(spec_, kernels_, state_, workspace);
  double loss = 0;
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    const StepLoss result = step.train(worker, {.samples = samples, .rows = samples.rows},
                                       spec_.optimizer.learning_rate);
    if (worker.index == 0) loss = result.loss;
  });
  if (!std::isfinite(loss)) {
    throw Error(ErrorCode::kDiverged, "the loss of step " + std::to_string(state_.step + 1) +
                                          " is " + (std::isnan(loss) ? "NaN" : "infinite") +
                                          "; no weight was changed");
  }
  return loss;
}

double Network::loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                                   float* d_inputs) {
  Visit visit(*this);
  require_size("gradients", flat_gradients.size(), layout_.count);
  // Buffers of its own: a fit may be between two steps of the training ones.
  Workspace workspace(make_plan(spec_, layout_, samples.rows),
                      {.targets = Step::copies_targets(spec_, samples, false), .gradients = true});
  Step step(spec_, kernels_, state_, workspace);
  double loss = 0;
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    const StepLoss result =
        step.gradients(worker, {.samples = samples, .rows = samples.rows}, d_inputs);
    if (worker.index == 0) loss = result.loss;
  });
  flatten(workspace.gradients, flat_gradients);
  return loss;
}

Evaluation Network::evaluate(const Samples& samples, std::span<const uint32_t> rows,
                             float* outputs) {
  Visit visit(*this);
  return evaluate_locked(samples, rows, outputs);
}

Evaluation Network::evaluate_locked(const Samples& samples, std::span<const uint32_t> rows,
                                    float* outputs) {
  Workspace& workspace = inference_workspace(rows.size());
  Step step(spec_, kernels_, state_, workspace);
  const size_t out = spec_.output_size();
  const bool decides = spec_.loss_takes_logits();
  Evaluation evaluation;
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    for (size_t first = 0; first < rows.size(); first += workspace.plan.rows) {
      const size_t count = std::min(workspace.plan.rows, rows.size() - first);
      const StepLoss chunk = step.evaluate(worker, {samples, rows.data() + first, count},
                                           outputs == nullptr ? nullptr : outputs + first * out);
      if (worker.index == 0) {
        evaluation.loss += chunk.weight * chunk.loss;
        evaluation.weight += chunk.weight;
        if (decides) {
          evaluation.right +=
              count_right(spec_.loss, workspace, samples, rows.data() + first, count);
        }
      }
      worker.wait_for_others();  // the next chunk overwrites what was counted
    }
  });
  if (evaluation.weight > 0) evaluation.loss /= evaluation.weight;
  if (decides) evaluation.decided = rows.size() * (spec_.loss == Loss::kBce ? out : 1);
  return evaluation;
}

std::vector<LayerStatistics> Network::statistics_locked(
    const Samples& samples, std::span<const uint32_t> rows,
    const AlignedArray<float>& parameters_before) {
  Workspace workspace(make_plan(spec_, layout_, rows.size()), {.targets = true, .gradients = true});
  Step step(spec_, kernels_, state_, workspace);
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    step.gradients(worker, {samples, rows.data(), rows.size()});
  });
  return layer_statistics(workspace, rows.size(), spec_.loss_takes_logits(), state_.parameters,
                          parameters_before);
}

void Network::predict(const float* inputs, size_t rows, float* outputs,
                      const std::atomic<bool>* stop) {
  Visit visit(*this);
  Workspace& workspace = inference_workspace(rows);
  Step step(spec_, kernels_, state_, workspace);
  const size_t threads = rows < workspace.plan.rows ? 1 : workspace.plan.threads;
  bool stopping = false;  // decided by one worker for all
  ThreadPool::shared().run(threads, [&](const Worker& worker) {
    for (size_t first = 0; first < rows; first += workspace.plan.rows) {
      if (stop != nullptr) {
        if (worker.index == 0) stopping = stop->load(std::memory_order_relaxed);
        worker.wait_for_others();
        if (stopping) return;
      }
      step.predict(worker, inputs + first * spec_.input_size,
                   std::min(workspace.plan.rows, rows - first),
                   outputs + first * spec_.output_size());
    }
  });
}

/// Whether every parameter is; the lanes beyond a panel's last column are not looked at.
bool Network::parameters_are_finite() const {
  for (const LayerLayout& layer : layout_.layers) {
    for (size_t col = 0; col < layer.out; col += layer.shape.width()) {
      const Panel panel = layer.panel_at(col);
      const float* data = state_.parameters.data() + panel.offset;
      const bool whole = panel.cols == panel.width;
      const size_t rows = whole ? 1 : layer.rows;
      const size_t cols = whole ? layer.rows * panel.width : panel.cols;
      for (size_t r = 0; r < rows; ++r) {
        if (kernels_.first_non_finite(data + r * panel.width, cols) < cols) return false;
      }
    }
  }
  return true;
}

// ---- Parameters and moments, turned from (out, in) to (in, out) and back
// ---------------------------------

void Network::flatten(const AlignedArray<float>& from, std::span<float> flat) const {
  float* to = flat.data();
  for (const LayerLayout& layer : layout_.layers) {
    for (size_t col = 0; col < layer.out; col += layer.shape.width()) {
      const Panel panel = layer.panel_at(col);
      // (in, cols) of the panel become rows of (out, in); the row behind them is the bias.
      for (size_t o = 0; o < panel.cols; ++o) {
        const float* column = from.data() + panel.offset + o;
        float* row = to + (panel.col + o) * layer.in;
        for (size_t i = 0; i < layer.in; ++i) row[i] = column[i * panel.width];
      }
      if (layer.has_bias()) {
        std::copy_n(from.data() + panel.offset + layer.in * panel.width, panel.cols,
                    to + layer.in * layer.out + panel.col);
      }
    }
    to += layer.rows * layer.out;
  }
}

void Network::unflatten(std::span<const float> flat, AlignedArray<float>& to) const {
  const float* from = flat.data();
  for (const LayerLayout& layer : layout_.layers) {
    for (size_t col = 0; col < layer.out; col += layer.shape.width()) {
      const Panel panel = layer.panel_at(col);
      for (size_t o = 0; o < panel.cols; ++o) {
        float* column = to.data() + panel.offset + o;
        const float* row = from + (panel.col + o) * layer.in;
        for (size_t i = 0; i < layer.in; ++i) column[i * panel.width] = row[i];
      }
      if (layer.has_bias()) {
        std::copy_n(from + layer.in * layer.out + panel.col, panel.cols,
                    to.data() + panel.offset + layer.in * panel.width);
      }
    }
    from += layer.rows * layer.out;
  }
}

void Network::get_parameters(std::span<float> flat) {
  Visit visit(*this);
  require_size("parameters", flat.size(), layout_.count);
  flatten(state_.parameters, flat);
}

void Network::set_parameters(std::span<const float> flat) {
  require_not_fitting();
  Visit visit(*this);
  require_size("parameters", flat.size(), layout_.count);
  unflatten(flat, state_.parameters);
}

uint64_t Network::get_optimizer_state(std::span<const std::span<float>> flat_moments) {
  Visit visit(*this);
  for (size_t i = 0; i < flat_moments.size(); ++i) {
    require_size("a slot of the optimizer", flat_moments[i].size(), layout_.count);
    flatten(i == 0 ? state_.first_moment : state_.second_moment, flat_moments[i]);
  }
  return state_.step;
}

void Network::set_moment(int moment, std::span<const float> flat) {
  require_not_fitting();
  Visit visit(*this);
  require_size("a slot of the optimizer", flat.size(), layout_.count);
  unflatten(flat, moment == 0 ? state_.first_moment : state_.second_moment);
}

uint64_t Network::steps_taken() {
  Visit visit(*this);
  return state_.step;
}

void Network::set_steps_taken(uint64_t steps) {
  require_not_fitting();
  Visit visit(*this);
  state_.step = steps;
}

}  // namespace chainrule
