#include "fit_job.h"

#include <functional>
#include <utility>

#include "convert.h"
#include "convert_fit.h"
#include "dataset_handle.h"
#include "fit_state.h"

namespace chainrule {
namespace {

/// A fit on its thread. Until its promise settles, the network is reserved for it.
struct FitRun {
  FitRun(Network& network, FitTask task)
      : trainer(network, std::move(task.spec), std::move(task.state)) {}
  Trainer trainer;
  FitOutcome outcome;
};

Napi::Object from_run(Napi::Env env, FitRun& run, const ParameterLayout& layout) {
  Napi::Object result = from_fit(env, run.outcome);
  const bool paused = run.outcome.stopped_by == FitEnd::kPaused;
  result.Set("state", paused ? from_fit_state(env, run.trainer.take_state(), layout) : env.Null());
  return result;
}

Napi::Function to_function(Napi::Env env, const std::function<void()>& body) {
  return Napi::Function::New(env, [body](const Napi::CallbackInfo&) { body(); });
}

}  // namespace

FitTask to_fit_task(const Napi::Value& dataset, const Napi::Object& spec, const Network& network) {
  FitTask task;
  task.spec = to_fit_spec(spec);
  task.spec.training = DatasetHandle::unwrap(dataset);
  const Napi::Value validation = spec.Get("validation");
  if (!validation.IsNull()) {
    if (!validation.IsObject()) throw Error(ErrorCode::kOption, "validation must be an object");
    task.spec.validation = DatasetHandle::unwrap(validation.As<Napi::Object>().Get("dataset"));
    task.spec.validation_rows = to_rows(validation.As<Napi::Object>().Get("rows"));
  }
  task.waits_for_listener = to_truth(spec, "waitsForListener");
  if (!spec.Get("resume").IsNull()) {
    task.state = to_fit_state(to_object(spec, "resume"), network.layout(), network.moments());
  }
  return task;
}

StartedFit start_fit(Napi::Env env, const std::shared_ptr<Network>& network, FitTask task,
                     const Job::Listener& listener, const std::shared_ptr<ReportedMemory>& memory) {
  auto run = std::make_shared<FitRun>(*network, std::move(task));
  const std::weak_ptr<FitRun> running = run;
  // The job keeps the network alive, whatever happens to its handle. It lets go of the run when the
  // promise settles, and the network is free again.
  auto work = [network, run](Job& job) {
    run->outcome = run->trainer.run(
        job.stopped(), [&job](const EpochOutcome& epoch) { job.report(to_epoch_row(epoch)); });
  };
  auto result = [network, run, memory](Napi::Env e) -> Napi::Value {
    memory->report(e, *network);
    return from_run(e, *run, network->layout());
  };
  StartedFit started;
  started.job = Job::start(env, WorkQueue::fits(), std::move(work), std::move(result), listener);
  started.handle = Napi::Object::New(env);
  started.handle.Set("done", started.job->promise());
  started.handle.Set("stop", to_function(env, [job = std::weak_ptr(started.job)] {
                       if (const auto target = job.lock()) target->stop();
                     }));
  started.handle.Set("pause", to_function(env, [running] {
                       if (const auto fit = running.lock()) fit->trainer.pause();
                     }));
  return started;
}

}  // namespace chainrule
