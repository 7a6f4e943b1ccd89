#include "convert_fit.h"

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "convert.h"

namespace chainrule {
namespace {

template <typename T, size_t kCount>
T one_of(const Napi::Object& object, const char* name,
         const std::pair<std::string_view, T> (&choices)[kCount]) {
  const std::string value = object.Get(name).ToString();
  for (const auto& [choice, result] : choices) {
    if (value == choice) return result;
  }
  refuse("'" + value + "' is no " + name);
}

constexpr std::pair<std::string_view, Sampling> kSamplings[] = {
    {"shuffle", Sampling::kShuffle},
    {"sequential", Sampling::kSequential},
    {"replacement", Sampling::kReplacement}};
constexpr std::pair<std::string_view, Monitor> kMonitors[] = {
    {"loss", Monitor::kLoss},
    {"validationLoss", Monitor::kValidationLoss},
    {"validationAccuracy", Monitor::kValidationAccuracy}};
constexpr std::pair<std::string_view, OnNonFinite> kOnNonFinite[] = {
    {"error", OnNonFinite::kError},
    {"skip", OnNonFinite::kSkip},
    {"skipAll", OnNonFinite::kSkipAll},
    {"rollback", OnNonFinite::kRollback}};
constexpr std::pair<std::string_view, FaultKind> kFaults[] = {{"output", FaultKind::kOutput},
                                                              {"loss", FaultKind::kLoss},
                                                              {"gradient", FaultKind::kGradient},
                                                              {"update", FaultKind::kUpdate}};
constexpr std::pair<std::string_view, FitEnd> kFitEnds[] = {
    {"epochs", FitEnd::kEpochs},
    {"converged", FitEnd::kConverged},
    {"earlyStopping", FitEnd::kEarlyStopping},
    {"maxTime", FitEnd::kMaxTime},
    {"aborted", FitEnd::kAborted},
    {"diverged", FitEnd::kDiverged},
    {"paused", FitEnd::kPaused}};

PlateauSpec to_plateau_spec(const Napi::Object& object) {
  return {.monitor = one_of(object, "monitor", kMonitors),
          .factor = to_number(object, "factor"),
          .patience = static_cast<uint32_t>(to_whole(object, "patience", UINT32_MAX)),
          .min_delta = to_number(object, "minDelta"),
          .cooldown = static_cast<uint32_t>(to_whole(object, "cooldown", UINT32_MAX)),
          .min_learning_rate = to_number(object, "minLearningRate"),
          .first_epoch = static_cast<uint32_t>(to_whole(object, "firstEpoch", UINT32_MAX))};
}

EarlyStoppingSpec to_early_stopping_spec(const Napi::Object& object) {
  return {.monitor = one_of(object, "monitor", kMonitors),
          .patience = static_cast<uint32_t>(to_whole(object, "patience", UINT32_MAX)),
          .min_delta = to_number(object, "minDelta"),
          .restore_best = to_truth(object, "restoreBest"),
          .last_of_ties = to_truth(object, "lastOfTies")};
}

/// A Float64Array; empty for null.
std::vector<double> to_doubles(const Napi::Value& value, const char* what) {
  if (value.IsNull()) return {};
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    refuse(std::string(what) + " must be a Float64Array");
  }
  const auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

}  // namespace

FitSpec to_fit_spec(const Napi::Object& object) {
  FitSpec spec;
  spec.epochs = static_cast<uint32_t>(to_whole(object, "epochs", UINT32_MAX));
  spec.pause_after = static_cast<uint32_t>(to_whole(object, "pauseAfter", UINT32_MAX));
  spec.batch_size = to_whole(object, "batchSize", kMaxElements);
  spec.sampling = one_of(object, "sampling", kSamplings);
  spec.seed = static_cast<uint32_t>(to_whole(object, "seed", UINT32_MAX));
  spec.training_rows = to_rows(object.Get("trainingRows"));
  if (!object.Get("order").IsNull()) {
    const Napi::Object order = to_object(object, "order");
    spec.order = to_rows(order.Get("rows"));
    spec.order_rows = to_whole(order, "rowsPerEpoch", kMaxElements);
    if (spec.order.empty()) refuse("order has no rows");
  }
  spec.learning_rates = to_doubles(object.Get("learningRates"), "learningRates");
  if (!object.Get("schedule").IsNull()) {
    const Napi::Object schedule = to_object(object, "schedule");
    spec.schedule = {.learning_rates = to_doubles(schedule.Get("learningRate"), "learningRate"),
                     .dropouts = to_doubles(schedule.Get("dropout"), "dropout"),
                     .weight_decays = to_doubles(schedule.Get("weightDecay"), "weightDecay")};
  }
  spec.drop_last = to_truth(object, "dropLast");
  if (!object.Get("plateau").IsNull()) spec.plateau = to_plateau_spec(to_object(object, "plateau"));
  if (!object.Get("earlyStopping").IsNull()) {
    spec.early_stopping = to_early_stopping_spec(to_object(object, "earlyStopping"));
  }
  spec.function_tolerance = to_number(object, "functionTolerance");
  spec.gradient_tolerance = to_number(object, "gradientTolerance");
  spec.max_milliseconds = to_number(object, "maxTimeMs");
  spec.statistics = to_truth(object, "statistics");
  spec.on_non_finite = one_of(object, "onNonFinite", kOnNonFinite);
  return spec;
}

std::vector<double> to_epoch_row(const EpochOutcome& outcome) {
  constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
  const bool decides = outcome.validated && outcome.validation.decided > 0;
  std::vector<double> row = {static_cast<double>(outcome.epoch),
                             outcome.loss,
                             outcome.validated ? outcome.validation.loss : kAbsent,
                             decides ? outcome.validation.accuracy() : kAbsent,
                             outcome.learning_rate,
                             outcome.gradient_norm.value_or(kAbsent),
                             outcome.seconds,
                             static_cast<double>(outcome.samples),
                             static_cast<double>(outcome.skipped_steps),
                             static_cast<double>(outcome.rollbacks)};
  for (const LayerStatistics& layer : outcome.layers) {
    row.insert(row.end(), {layer.saturated, layer.dead, layer.gradient_norm, layer.weight_norm,
                           layer.update_ratio});
  }
  return row;
}

Napi::Object from_fit(Napi::Env env, const FitOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, end] : kFitEnds) {
    if (end == outcome.stopped_by) object.Set("stoppedBy", std::string(name));
  }
  if (outcome.stopped_by == FitEnd::kDiverged) {
    Napi::Object at = Napi::Object::New(env);
    at.Set("epoch", outcome.diverged_epoch);
    at.Set("step", static_cast<double>(outcome.diverged_step));
    Napi::Object fault = Napi::Object::New(env);
    for (const auto& [name, kind] : kFaults) {
      if (kind == outcome.fault.kind) fault.Set("kind", std::string(name));
    }
    fault.Set("layer", static_cast<double>(outcome.fault.layer));
    at.Set("fault", fault);
    object.Set("divergedAt", at);
  }
  if (outcome.best_epoch) object.Set("bestEpoch", *outcome.best_epoch);
  if (outcome.loss_weight) object.Set("lossWeight", *outcome.loss_weight);
  return object;
}

}  // namespace chainrule
