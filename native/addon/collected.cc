#include "collected.h"

#include <cstdint>
#include <vector>

namespace chainrule {
namespace {

/// More than any heap may hold outside of itself: V8 collects at once if it is told of so much.
constexpr int64_t kPressure = int64_t{1} << 45;

}  // namespace

void Collected::release(Napi::Env env) {
  Napi::HandleScope scope(env);
  if (!sentinel_.IsEmpty() && !sentinel_.Value().IsEmpty()) return;
  sentinel_ = Napi::Weak(Napi::Object::New(env));
  std::vector<Holder*> collected;
  for (Holder* holder : holders_) {
    if (holder->is_collected()) collected.push_back(holder);
  }
  for (Holder* holder : collected) {
    remove(holder);
    holder->release();
  }
}

void Collected::collect_garbage(Napi::Env env) {
  Napi::MemoryManagement::AdjustExternalMemory(env, kPressure);
  Napi::MemoryManagement::AdjustExternalMemory(env, -kPressure);
  release(env);
}

}  // namespace chainrule
