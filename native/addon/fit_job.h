#pragma once

#include <napi.h>

#include <memory>

#include "fit/trainer.h"
#include "job.h"
#include "network/network.h"
#include "reported_memory.h"

namespace chainrule {

/// What a fit should do, and the state that it continues from.
struct FitTask {
  FitSpec spec;
  FitState state;
};

/// `dataset` and `spec` are those of BackendNetwork.fit in src/. Throws Error(kOption, kShape,
/// kDisposed). Runs the getters of `spec`.
FitTask to_fit_task(const Napi::Value& dataset, const Napi::Object& spec, const Network& network);

/// Starts a fit on a thread of its own. Returns { done, stop, pause }, FitJob in src/. Setting
/// `stop` has the same effect as calling that. Runs no JavaScript.
Napi::Object start_fit(Napi::Env env, const std::shared_ptr<Network>& network, FitTask task,
                       Napi::Function on_epoch, const Job::Stop& stop,
                       const std::shared_ptr<ReportedMemory>& memory);

}  // namespace chainrule
