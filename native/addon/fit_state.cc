#include "fit_state.h"

#include <vector>

#include "addon.h"
#include "convert.h"
#include "optimizer_state.h"

namespace chainrule {
namespace {

Napi::Float32Array from_array(Napi::Env env, const ParameterLayout& layout,
                              const AlignedArray<float>& values) {
  Napi::Float32Array flat = Addon::of(env).new_floats(env, layout.count);
  flatten(layout, values, {flat.Data(), layout.count});
  return flat;
}

AlignedArray<float> to_array(const Napi::Value& value, const ParameterLayout& layout,
                             const char* what) {
  AlignedArray<float> array(layout.floats);
  unflatten(layout, {to_floats(value, layout.count, what), layout.count}, array);
  return array;
}

Napi::Value from_best(Napi::Env env, const State& best, const ParameterLayout& layout) {
  if (best.parameters.size() == 0) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("parameters", from_array(env, layout, best.parameters));
  object.Set("step", static_cast<double>(best.step));
  Napi::Array moments = Napi::Array::New(env);
  for (const AlignedArray<float>& moment : best.moments) {
    if (moment.size() > 0) moments.Set(moments.Length(), from_array(env, layout, moment));
  }
  object.Set("moments", moments);
  return object;
}

State to_best(const Napi::Value& value, const ParameterLayout& layout, size_t moments) {
  State best;
  if (value.IsNull()) return best;
  if (!value.IsObject()) throw Error(ErrorCode::kOption, "best must be an object or null");
  const Napi::Object object = value.As<Napi::Object>();
  best.step = step_of(object);
  best.is_tame = false;  // unknown
  const std::vector<Napi::Value> values = moments_of(object, moments);
  best.parameters = to_array(object.Get("parameters"), layout, "the best parameters");
  for (size_t i = 0; i < moments; ++i) best.moments[i] = to_array(values[i], layout, "a moment");
  return best;
}

}  // namespace

Napi::Object from_fit_state(Napi::Env env, const FitState& state, const ParameterLayout& layout) {
  Napi::Object plateau = Napi::Object::New(env);
  plateau.Set("best", state.plateau.best);
  plateau.Set("scale", state.plateau.scale);
  plateau.Set("waited", state.plateau.waited);
  plateau.Set("cooling", state.plateau.cooling);
  Napi::Object early_stopping = Napi::Object::New(env);
  early_stopping.Set("best", state.early_stopping.best);
  early_stopping.Set("waited", state.early_stopping.waited);
  early_stopping.Set("bestEpoch", state.early_stopping.best_epoch);
  Napi::Object object = Napi::Object::New(env);
  object.Set("epochsDone", state.epochs_done);
  object.Set("lastLoss", state.last_loss);
  object.Set("plateau", plateau);
  object.Set("earlyStopping", early_stopping);
  object.Set("rollbacks", state.rollbacks);
  object.Set("best", from_best(env, state.best, layout));
  return object;
}

FitState to_fit_state(const Napi::Object& object, const ParameterLayout& layout, size_t moments) {
  const auto count = [](const Napi::Object& from, const char* name) {
    return static_cast<uint32_t>(to_whole(from, name, UINT32_MAX));
  };
  const Napi::Object plateau = to_object(object, "plateau");
  const Napi::Object early_stopping = to_object(object, "earlyStopping");
  FitState state;
  state.epochs_done = count(object, "epochsDone");
  state.last_loss = to_number(object, "lastLoss");
  state.plateau = {.best = to_number(plateau, "best"),
                   .scale = to_number(plateau, "scale"),
                   .waited = count(plateau, "waited"),
                   .cooling = count(plateau, "cooling")};
  state.early_stopping = {.best = to_number(early_stopping, "best"),
                          .waited = count(early_stopping, "waited"),
                          .best_epoch = count(early_stopping, "bestEpoch")};
  state.rollbacks = count(object, "rollbacks");
  state.best = to_best(object.Get("best"), layout, moments);
  return state;
}

}  // namespace chainrule
