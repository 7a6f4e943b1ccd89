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
  bool waits_for_listener = false;
};

/// `dataset` and `spec` are those of BackendNetwork.fit in src/. Throws Error(kOption, kShape,
/// kDisposed). Runs the getters of `spec`.
FitTask to_fit_task(const Napi::Value& dataset, const Napi::Object& spec, const Network& network);

/// A fit in the queue or on its thread.
struct StartedFit {
  std::shared_ptr<Job> job;
  Napi::Object handle;  // { done, stop, pause }, FitJob in src/
};

/// Queues a fit. Runs no JavaScript.
StartedFit start_fit(Napi::Env env, const std::shared_ptr<Network>& network, FitTask task,
                     const Job::Listener& listener, const std::shared_ptr<ReportedMemory>& memory);

}  // namespace chainrule
