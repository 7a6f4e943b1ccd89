#include "network_handle.h"

#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "addon.h"
#include "collected.h"
#include "convert.h"
#include "fit_job.h"
#include "optimizer_state.h"
#include "runtime/memory.h"

namespace chainrule {
namespace {

Napi::Object object_at(const Napi::CallbackInfo& info, size_t i, const char* what) {
  if (!info[i].IsObject())
    throw Error(ErrorCode::kOption, std::string(what) + " must be an object");
  return info[i].As<Napi::Object>();
}

size_t rows_at(const Napi::CallbackInfo& info, size_t i) {
  const double rows = info[i].IsNumber() ? info[i].As<Napi::Number>().DoubleValue() : -1;
  if (!(rows >= 0 && rows <= static_cast<double>(kMaxElements)) || rows != std::floor(rows)) {
    throw Error(ErrorCode::kOption, "rows must be a whole number in [0, 2^31)");
  }
  return static_cast<size_t>(rows);
}

std::span<float> span_of(Napi::Float32Array& array) {
  return {array.Data(), array.ElementLength()};
}

}  // namespace

Napi::Function NetworkHandle::define(Napi::Env env) {
  using Handle = NetworkHandle;
  return DefineClass(
      env, "Network",
      {InstanceMethod<&Handle::fit>("fit"), InstanceMethod<&Handle::train_batch>("trainBatch"),
       InstanceMethod<&Handle::loss_and_gradients>("lossAndGradients"),
       InstanceMethod<&Handle::evaluate>("evaluate"), InstanceMethod<&Handle::predict>("predict"),
       InstanceMethod<&Handle::predict_async>("predictAsync"),
       InstanceMethod<&Handle::get_parameters>("getParameters"),
       InstanceMethod<&Handle::set_parameters>("setParameters"),
       InstanceMethod<&Handle::get_optimizer_state>("getOptimizerState"),
       InstanceMethod<&Handle::set_optimizer_state>("setOptimizerState"),
       InstanceAccessor<&Handle::products>("products"),
       InstanceMethod<&Handle::dispose>("dispose")});
}

NetworkHandle::NetworkHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NetworkHandle>(info) {
  guarded(info.Env(), [&] {
    const Napi::Object options = object_at(info, 0, "the spec");
    NetworkSpec spec = to_network_spec(options);
    if (spec.precision != Precision::kFloat32) spec.products = Addon::of(info.Env()).products();
    validate(spec);
    const Kernels& kernels = Addon::of(info.Env()).kernels(options.Get("gemm"));
    const size_t count = make_parameter_layout(spec, kernels.panels).count;
    const float* parameters = to_floats(info[1], count, "parameters");
    const auto& collected = Addon::of(info.Env()).collected();
    network_ = collected->make(info.Env(), [&] {
      require_memory(sizeof(float) * count * (1 + spec.optimizer.moments()),
                     "a network of " + std::to_string(count) + " parameters");
      return std::make_shared<Network>(spec, kernels, std::span<const float>(parameters, count));
    });
    const auto number = [&info](size_t value) {
      return Napi::Number::New(info.Env(), static_cast<double>(value));
    };
    info.This().As<Napi::Object>().DefineProperties(
        {Napi::PropertyDescriptor::Value("parameterCount", number(network_->parameter_count()),
                                         napi_enumerable),
         Napi::PropertyDescriptor::Value("threads", number(network_->spec().threads),
                                         napi_enumerable)});
    memory_->report(info.Env(), *network_);
    // Last: of an object that could not be made, no destructor runs.
    collected->add(this);
    collected_ = collected;
  });
}

NetworkHandle::~NetworkHandle() {
  if (collected_ != nullptr) collected_->remove(this);
  memory_->close(Env());
}

void NetworkHandle::release() {
  network_.reset();
  memory_->close(Env());
}

std::shared_ptr<Network> NetworkHandle::network() const {
  if (network_ == nullptr) throw Error(ErrorCode::kDisposed, "the network was disposed of");
  return network_;
}

BorrowedSamples NetworkHandle::samples_of(const Napi::CallbackInfo& info, const Network& network) {
  const NetworkSpec& spec = network.spec();
  return to_samples(object_at(info, 0, "samples"), spec.input_size, spec.output_size(),
                    info_of(spec.loss).task == Task::kClasses);
}

// ---- Training --------------------------------------------------------------------------------

/// fit(dataset, spec, onEpochs): { done, stop, pause }
Napi::Value NetworkHandle::fit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::shared_ptr<Network> target = network();
    FitTask task = to_fit_task(info[0], object_at(info, 1, "the fit's spec"), *target);
    if (!info[2].IsFunction()) throw Error(ErrorCode::kOption, "onEpochs must be a function");
    const Job::Listener listener{info[2].As<Napi::Function>(), task.waits_for_listener};
    // A getter may have disposed of the network. No JavaScript runs from here on.
    network();
    const StartedFit fit = start_fit(info.Env(), target, std::move(task), listener, memory_);
    fit_ = fit.job;
    return fit.handle;
  });
}

Napi::Value NetworkHandle::train_batch(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    const BorrowedSamples samples = samples_of(info, *target);
    const double loss = target->train_batch(samples.view);
    memory_->report(info.Env(), *target);
    return Napi::Number::New(info.Env(), loss);
  });
}

Napi::Value NetworkHandle::loss_and_gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    const BorrowedSamples samples = samples_of(info, *target);
    Napi::Float32Array gradients =
        Addon::of(info.Env()).new_floats(info.Env(), target->parameter_count());
    Napi::Value d_inputs = info.Env().Null();
    float* d_inputs_data = nullptr;
    if (info[1].ToBoolean()) {
      auto array = Addon::of(info.Env())
                       .new_floats(info.Env(), samples.view.rows * target->spec().input_size);
      d_inputs_data = array.Data();
      d_inputs = array;
    }
    const double loss = target->loss_and_gradients(samples.view, span_of(gradients), d_inputs_data);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("loss", loss);
    result.Set("gradients", gradients);
    result.Set("inputGradients", d_inputs);
    return result;
  });
}

// ---- Reading ---------------------------------------------------------------------------------

Napi::Value NetworkHandle::evaluate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    const BorrowedSamples samples = samples_of(info, *target);
    std::vector<uint32_t> rows(samples.view.rows);
    std::iota(rows.begin(), rows.end(), 0u);
    Napi::Float32Array outputs =
        Addon::of(info.Env()).new_floats(info.Env(), rows.size() * target->spec().output_size());
    const Evaluation evaluation = target->evaluate(samples.view, rows, outputs.Data());
    memory_->report(info.Env(), *target);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("loss", evaluation.loss);
    result.Set("outputs", outputs);
    return result;
  });
}

Napi::Value NetworkHandle::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    const NetworkSpec& spec = target->spec();
    const size_t rows = rows_at(info, 1);
    const float* inputs = to_floats(info[0], rows * spec.input_size, "inputs");
    Napi::Float32Array outputs =
        Addon::of(info.Env()).new_floats(info.Env(), rows * spec.output_size());
    if (rows > 0) target->predict(inputs, rows, outputs.Data());
    memory_->report(info.Env(), *target);
    return outputs;
  });
}

Napi::Value NetworkHandle::predict_async(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    const NetworkSpec& spec = target->spec();
    const size_t rows = rows_at(info, 1);
    const float* from = to_floats(info[0], rows * spec.input_size, "inputs");
    require_memory(sizeof(float) * rows * (spec.input_size + spec.output_size()),
                   "a prediction of " + std::to_string(rows) + " rows");
    auto inputs = std::make_shared<std::vector<float>>(from, from + rows * spec.input_size);
    auto outputs = std::make_shared<std::vector<float>>(rows * spec.output_size());
    auto work = [target, inputs, outputs, rows](Job& job) {
      if (rows > 0) target->predict(inputs->data(), rows, outputs->data(), &job.stopped());
    };
    auto result = [target, outputs, memory = memory_](Napi::Env env) {
      memory->report(env, *target);
      return from_floats(env, *outputs);
    };
    const Job::Listener nobody{Napi::Function(), false};
    return Job::start(info.Env(), WorkQueue::predictions(), std::move(work), std::move(result),
                      nobody)
        ->promise();
  });
}

// ---- Parameters and the optimizer's state ----------------------------------------------------

Napi::Value NetworkHandle::get_parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto target = network();
    Napi::Float32Array flat =
        Addon::of(info.Env()).new_floats(info.Env(), target->parameter_count());
    target->get_parameters(span_of(flat));
    return flat;
  });
}

Napi::Value NetworkHandle::set_parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto target = network();
    const size_t count = target->parameter_count();
    target->set_parameters({to_floats(info[0], count, "parameters"), count});
    return info.Env().Undefined();
  });
}

Napi::Value NetworkHandle::get_optimizer_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return from_optimizer_state(info.Env(), *network()); });
}

Napi::Value NetworkHandle::set_optimizer_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto target = network();
    chainrule::set_optimizer_state(*target, object_at(info, 0, "the optimizer's state"));
    return info.Env().Undefined();
  });
}

/// What computes the products, and why it is not what the precision allows; "" if it is.
Napi::Value NetworkHandle::products(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Products& products = network()->products();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("name", products.name());
    object.Set("reason", products.reason);
    return object;
  });
}

Napi::Value NetworkHandle::dispose(const Napi::CallbackInfo& info) {
  if (const auto fit = fit_.lock()) fit->stop();
  release();
  return info.Env().Undefined();
}

}  // namespace chainrule
