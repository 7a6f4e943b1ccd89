#include "optimizer_state.h"

#include <span>
#include <string>

#include "addon.h"
#include "convert.h"

namespace chainrule {
namespace {

// 2^53 - 1, the largest whole number that JavaScript counts to.
constexpr size_t kMostSteps = (size_t{1} << 53) - 1;

}  // namespace

Napi::Object from_optimizer_state(Napi::Env env, Network& network) {
  Napi::Array moments = Napi::Array::New(env);
  std::vector<std::span<float>> values;
  for (size_t i = 0; i < network.moments(); ++i) {
    Napi::Float32Array flat = Addon::of(env).new_floats(env, network.parameter_count());
    values.push_back({flat.Data(), flat.ElementLength()});
    moments.Set(static_cast<uint32_t>(i), flat);
  }
  const uint64_t step = network.get_optimizer_state(values);
  Napi::Object state = Napi::Object::New(env);
  state.Set("step", static_cast<double>(step));
  state.Set("moments", moments);
  return state;
}

void set_optimizer_state(Network& network, const Napi::Object& state) {
  // Getters first: none may run after a pointer has been taken.
  const uint64_t step = step_of(state);
  const std::vector<Napi::Value> moments = moments_of(state, network.moments());
  const size_t count = network.parameter_count();
  std::vector<std::span<const float>> values;
  for (const Napi::Value& moment : moments) {
    values.emplace_back(to_floats(moment, count, "a moment"), count);
  }
  for (size_t i = 0; i < values.size(); ++i) network.set_moment(i, values[i]);
  network.set_steps_taken(step);
}

uint64_t step_of(const Napi::Object& state) { return to_whole(state, "step", kMostSteps); }

std::vector<Napi::Value> moments_of(const Napi::Object& state, size_t count) {
  const Napi::Value moments = state.Get("moments");
  if (!moments.IsArray() || moments.As<Napi::Array>().Length() != count) {
    throw Error(ErrorCode::kShape, "the optimizer has " + std::to_string(count) + " moments");
  }
  std::vector<Napi::Value> values;
  for (uint32_t i = 0; i < count; ++i) values.push_back(moments.As<Napi::Array>().Get(i));
  return values;
}

}  // namespace chainrule
