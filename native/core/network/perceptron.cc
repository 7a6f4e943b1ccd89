#include "network/perceptron.h"

#include <algorithm>
#include <string>

#include "runtime/error.h"
#include "runtime/thread_pool.h"
#include "step/gather.h"

namespace chainrule {
namespace {

// Rows that predict and evaluate pass through the network at a time: few enough for the activations
// to stay in cache, enough for fast products.
constexpr size_t kInferenceRows = 512;
// A norm below this may be a denormal, which would be 0 inside a step: no clipping.
constexpr double kLeastClipNorm = 1e-300;

/// What the fault is in. Layers are counted from 1 here.
std::string subject_of(const Fault& fault, size_t layers) {
  const std::string layer =
      "layer " + std::to_string(fault.layer + 1) + " of " + std::to_string(layers);
  switch (fault.kind) {
    case FaultKind::kOutput:
      return "an output of " + layer;
    case FaultKind::kGradient:
      return "a gradient of " + layer;
    case FaultKind::kUpdate:
      return "what the optimizer would make of a weight or moment of " + layer;
    case FaultKind::kLoss:
    case FaultKind::kNone:
      break;
  }
  return "the loss";
}

}  // namespace

Perceptron::Perceptron(NetworkSpec spec, const Kernels& kernels, std::span<const float> flat)
    : spec_(std::move(spec)), kernels_(kernels) {
  validate(spec_);
  double& clip_norm = spec_.optimizer.clip_norm;
  if (clip_norm > 0) clip_norm = std::max(clip_norm, kLeastClipNorm);
  layout_ = make_parameter_layout(spec_, kernels_.panels);
  products_ = choose_products(spec_, layout_, kernels_);
  if (flat.size() != layout_.count) {
    throw Error(ErrorCode::kShape, "parameters has " + std::to_string(flat.size()) +
                                       " values, expected " + std::to_string(layout_.count));
  }
  state_.parameters = AlignedArray<float>(layout_.floats);
  for (size_t i = 0; i < spec_.optimizer.moments(); ++i) {
    state_.moments[i] = AlignedArray<float>(layout_.floats);
  }
  bytes_ = state_.bytes();
  unflatten(layout_, flat, state_.parameters);
}

// ---- Buffers ---------------------------------------------------------------------------------

Workspace& Perceptron::training_workspace(size_t rows, Workspace::Extras extras) {
  const bool needs_gradients =
      spec_.optimizer.clip_norm > 0 || extras.gradient_sum || extras.gradients;
  // The parts of a batch continue each other's sums in the order of the rows, as tiles do not.
  const Products products = extras.gradients ? Products{} : products_;
  const StepPath path =
      forced_path_.value_or(choose_path(spec_, layout_, rows, needs_gradients, products));
  const auto fits = [&](const std::unique_ptr<Workspace>& workspace) {
    return workspace->plan.rows == rows && workspace->plan.path == path &&
           workspace->extras == extras;
  };
  auto found = std::find_if(training_.begin(), training_.end(), fits);
  if (found == training_.end()) {
    // Before allocating the new one, so that there is never one too many.
    if (training_.size() == kKeptWorkspaces) {
      bytes_ -= training_.back()->bytes();
      training_.pop_back();
    }
    training_.push_back(
        std::make_unique<Workspace>(make_plan(spec_, layout_, rows, path, products), extras));
    bytes_ += training_.back()->bytes();
    found = training_.end() - 1;
  }
  std::rotate(training_.begin(), found, found + 1);
  return *training_.front();
}

Workspace& Perceptron::inference_workspace(size_t rows) {
  const size_t chunk = std::min({rows, kInferenceRows, most_rows(spec_)});
  if (inference_ == nullptr || inference_->plan.rows < chunk) {
    if (inference_ != nullptr) bytes_ -= inference_->bytes();
    inference_.reset();
    inference_ = std::make_unique<Workspace>(
        make_plan(spec_, layout_, chunk, StepPath::kFused, products_, Purpose::kInference),
        Workspace::Extras{.targets = true});
    bytes_ += inference_->bytes();
  }
  return *inference_;
}

/// The buffers may be made for more rows than these.
size_t Perceptron::inference_threads(const Plan& plan, size_t rows) const {
  return rows < plan.rows ? threads_worth(spec_, layout_, rows) : plan.threads;
}

Plan Perceptron::plan_for_gradients(size_t rows) const {
  return make_plan(spec_, layout_, rows, StepPath::kTwoPasses, products_, Purpose::kGradients);
}

// ---- Training and reading --------------------------------------------------------------------

double Perceptron::train_batch(const Samples& samples, BatchPart* part) {
  Workspace& workspace = training_workspace(
      samples.rows,
      {.targets = copies_targets(spec_, samples, false), .gradients = part != nullptr});
  Step step = step_in(workspace, part);
  StepLoss result;
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    const StepLoss own = step.train(worker, {.samples = samples, .rows = samples.rows},
                                    {.learning_rate = spec_.optimizer.learning_rate});
    if (worker.index == 0) result = own;
  });
  if (result.fault) {
    throw Error(ErrorCode::kDiverged,
                subject_of(result.fault, layout_.layers.size()) + " is NaN or infinite in step " +
                    std::to_string(state_.step + 1) + "; no weight was changed");
  }
  return result.loss;
}

double Perceptron::loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                                      float* d_inputs) {
  // Buffers of its own: a fit may be using the training buffers, between two steps.
  Workspace workspace(plan_for_gradients(samples.rows),
                      {.targets = copies_targets(spec_, samples, false)});
  Step step = step_in(workspace);
  double loss = 0;
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    const StepLoss result =
        step.gradients(worker, {.samples = samples, .rows = samples.rows}, d_inputs);
    if (worker.index == 0) loss = result.loss;
  });
  flatten(layout_, workspace.gradients, flat_gradients);
  return loss;
}

Evaluation Perceptron::evaluate(const Samples& samples, std::span<const uint32_t> rows,
                                float* outputs) {
  Workspace& workspace = inference_workspace(rows.size());
  Step step = step_in(workspace);
  const size_t out = spec_.output_size();
  const Task task = info_of(spec_.loss).task;
  const bool decides = task != Task::kRegression;
  Evaluation evaluation;
  const size_t threads = inference_threads(workspace.plan, rows.size());
  ThreadPool::shared().run(threads, [&](const Worker& worker) {
    for (size_t first = 0; first < rows.size(); first += workspace.plan.rows) {
      const size_t count = std::min(workspace.plan.rows, rows.size() - first);
      const StepLoss chunk = step.evaluate(worker, {samples, rows.data() + first, count},
                                           outputs == nullptr ? nullptr : outputs + first * out);
      if (worker.index == 0) {
        evaluation.add(chunk.loss, chunk.weight);
        if (decides) {
          evaluation.right +=
              count_right(spec_.loss, workspace, samples, rows.data() + first, count);
        }
      }
      worker.wait_for_others();  // the next chunk overwrites the outputs just counted
    }
  });
  evaluation.end_sum();
  if (decides) evaluation.decided = rows.size() * (task == Task::kLabels ? out : 1);
  return evaluation;
}

std::vector<LayerStatistics> Perceptron::statistics(const Samples& samples,
                                                    std::span<const uint32_t> rows,
                                                    const AlignedArray<float>& parameters_before) {
  Workspace workspace(plan_for_gradients(rows.size()), {.targets = true});
  Step step = step_in(workspace);
  ThreadPool::shared().run(workspace.plan.threads, [&](const Worker& worker) {
    step.gradients(worker, {samples, rows.data(), rows.size()});
  });
  return layer_statistics(workspace, rows.size(), spec_.loss_takes_logits(), state_.parameters,
                          parameters_before);
}

void Perceptron::predict(const float* inputs, size_t rows, float* outputs,
                         const std::atomic<bool>* stop) {
  Workspace& workspace = inference_workspace(rows);
  Step step = step_in(workspace);
  const size_t threads = inference_threads(workspace.plan, rows);
  bool stopping = false;  // one worker decides for all
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

}  // namespace chainrule
