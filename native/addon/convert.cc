#include "convert.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

#include "addon.h"

namespace chainrule {
namespace {

/// The kind that the field `name` names in a table of kinds.
template <typename Info, size_t kCount>
auto kind_of(const Napi::Object& object, const char* name, const Info (&table)[kCount]) {
  const std::string value = object.Get(name).ToString();
  for (const Info& info : table) {
    if (value == info.name) return info.kind;
  }
  refuse("'" + value + "' is no " + name);
}

TensorFactors to_factors(const Napi::Object& object) {
  return {.learning_rate = to_number(object, "learningRate"),
          .weight_decay = to_number(object, "weightDecay"),
          .epsilon = to_number(object, "epsilon")};
}

/// The numbers as floats, those above 0 above 0 as floats too.
std::vector<float> to_loss_parameters(const Napi::Object& object) {
  const Napi::Value values = object.Get("lossParameters");
  if (!values.IsArray()) refuse("lossParameters must be an array");
  std::vector<float> parameters;
  for (uint32_t i = 0; i < values.As<Napi::Array>().Length(); ++i) {
    const Napi::Value value = values.As<Napi::Array>().Get(i);
    if (!value.IsNumber()) refuse("lossParameters must be numbers");
    const double number = value.As<Napi::Number>().DoubleValue();
    const float least = number > 0 ? std::numeric_limits<float>::min() : 0;
    parameters.push_back(std::max(static_cast<float>(number), least));
  }
  return parameters;
}

Precision to_precision(const Napi::Object& object) {
  const std::string value = object.Get("precision").ToString();
  for (size_t i = 0; i < std::size(kPrecisions); ++i) {
    if (value == kPrecisions[i]) return static_cast<Precision>(i);
  }
  refuse("'" + value + "' is no precision");
}

OptimizerSpec to_optimizer_spec(const Napi::Object& object) {
  OptimizerSpec spec;
  spec.kind = kind_of(object, "kind", kOptimizers);
  spec.learning_rate = to_number(object, "learningRate");
  if (!object.Get("clipNorm").IsNull()) spec.clip_norm = to_number(object, "clipNorm");
  for (const OptimizerField& field : info_of(spec.kind).fields) {
    if (field.number != nullptr) spec.*field.number = to_number(object, field.name);
    if (field.truth != nullptr) spec.*field.truth = to_truth(object, field.name);
  }
  return spec;
}

}  // namespace

void refuse(const std::string& message) { throw Error(ErrorCode::kOption, message); }

double to_number(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) refuse(std::string(name) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

size_t to_whole(const Napi::Object& object, const char* name, size_t most) {
  const double value = to_number(object, name);
  if (!(value >= 0 && value <= static_cast<double>(most)) ||
      value != static_cast<double>(static_cast<size_t>(value))) {
    refuse(std::string(name) + " must be a whole number in [0, " + std::to_string(most) + "]");
  }
  return static_cast<size_t>(value);
}

bool to_truth(const Napi::Object& object, const char* name) { return object.Get(name).ToBoolean(); }

Napi::Object to_object(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsObject()) refuse(std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

NetworkSpec to_network_spec(const Napi::Object& object) {
  NetworkSpec spec;
  spec.input_size = to_whole(object, "inputSize", kMaxElements);
  const Napi::Value layers = object.Get("layers");
  if (!layers.IsArray()) refuse("layers must be an array");
  for (uint32_t l = 0; l < layers.As<Napi::Array>().Length(); ++l) {
    const Napi::Value layer = layers.As<Napi::Array>().Get(l);
    if (!layer.IsObject()) refuse("a layer must be an object");
    const Napi::Object fields = layer.As<Napi::Object>();
    spec.layers.push_back({.units = to_whole(fields, "units", kMaxElements),
                           .activation = kind_of(fields, "activation", kActivations),
                           .slope = static_cast<float>(to_number(fields, "slope")),
                           .use_bias = to_truth(fields, "useBias"),
                           .dropout = to_number(fields, "dropout")});
    if (fields.Get("factors").IsNull()) continue;
    const Napi::Object factors = to_object(fields, "factors");
    spec.layers.back().weight_factors = to_factors(to_object(factors, "weight"));
    spec.layers.back().bias_factors = to_factors(to_object(factors, "bias"));
  }
  if (!object.Get("inputScale").IsNull()) {
    spec.input_scale = to_factors(to_object(object, "inputScale"));
  }
  spec.loss = kind_of(object, "loss", kLosses);
  if (!info_of(spec.loss).parameter.empty()) spec.loss_parameters = to_loss_parameters(object);
  spec.optimizer = to_optimizer_spec(to_object(object, "optimizer"));
  spec.l2 = to_number(object, "l2");
  spec.label_smoothing = to_number(object, "labelSmoothing");
  spec.precision = to_precision(object);
  spec.seed = static_cast<uint32_t>(to_whole(object, "seed", UINT32_MAX));
  spec.threads = to_whole(object, "threads", kMaxThreads);
  return spec;
}

const float* to_floats(const Napi::Value& value, size_t size, const char* what) {
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    refuse(std::string(what) + " must be a Float32Array");
  }
  const auto array = value.As<Napi::Float32Array>();
  if (array.ElementLength() != size) {
    throw Error(ErrorCode::kShape, std::string(what) + " has " +
                                       std::to_string(array.ElementLength()) +
                                       " values, expected " + std::to_string(size));
  }
  return array.Data();
}

BorrowedSamples to_samples(const Napi::Object& object, size_t input_size, size_t output_size,
                           bool takes_labels) {
  // Getters first: none may run after a pointer has been taken.
  const Napi::Value inputs = object.Get("inputs");
  const Napi::Value targets = object.Get("targets");
  const Napi::Value weights = object.Get("weights");
  BorrowedSamples samples;
  Samples& view = samples.view;
  view.rows = to_whole(object, "rows", kMaxElements);
  if (view.rows == 0) throw Error(ErrorCode::kShape, "there are no rows");
  view.inputs = to_floats(inputs, view.rows * input_size, "inputs");
  if (targets.IsTypedArray() &&
      targets.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto array = targets.As<Napi::Int32Array>();
    samples.labels.assign(array.Data(), array.Data() + array.ElementLength());
    if (!takes_labels || samples.labels.size() != view.rows ||
        (output_size > 0 && !labels_within(samples.labels.data(), view.rows, output_size))) {
      throw Error(ErrorCode::kShape,
                  "class indices go with crossEntropy, one for each row and below the outputs");
    }
    view.labels = samples.labels.data();
  } else {
    view.targets = to_floats(targets, view.rows * output_size, "targets");
  }
  if (!weights.IsNull()) view.weights = to_floats(weights, view.rows, "weights");
  return samples;
}

std::vector<uint32_t> to_rows(const Napi::Value& value) {
  if (value.IsNull()) return {};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    refuse("rows must be a Uint32Array");
  }
  const auto array = value.As<Napi::Uint32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

Napi::Float32Array from_floats(Napi::Env env, const std::vector<float>& values) {
  Napi::Float32Array array = Addon::of(env).new_floats(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace chainrule
