#include "model/spec.h"

#include <algorithm>
#include <string>

#include "runtime/error.h"
#include "runtime/thread_pool.h"

namespace chainrule {
namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::kOption, message);
}

}  // namespace

size_t most_rows(const NetworkSpec& spec) {
  size_t widest = spec.input_size;
  for (const LayerSpec& layer : spec.layers) widest = std::max(widest, layer.units);
  return kMaxElements / widest;
}

void validate(const NetworkSpec& spec) {
  require(spec.input_size > 0, "inputSize must be at least 1");
  require(!spec.layers.empty(), "a network needs at least one layer");
  require(spec.threads > 0 && spec.threads <= kMaxThreads, "threads must be in [1, 1024]");
  size_t in = spec.input_size;
  for (size_t l = 0; l < spec.layers.size(); ++l) {
    const LayerSpec& layer = spec.layers[l];
    require(layer.units > 0, "a layer needs at least one unit");
    require(in < kMaxElements && layer.units <= kMaxElements / (in + 1),
            "a layer has more than 2^31 - 1 weights");
    const bool last = l + 1 == spec.layers.size();
    require(!info_of(layer.activation).row_wise || last, "softmax stands only in the output layer");
    require(layer.dropout >= 0 && layer.dropout < 1 && !(last && layer.dropout > 0),
            "dropout must be in [0, 1), and 0 in the output layer");
    in = layer.units;
  }
  require(spec.label_smoothing >= 0 && spec.label_smoothing < 1,
          "labelSmoothing must be in [0, 1)");
  const LossInfo& loss = info_of(spec.loss);
  const std::string parameter(loss.parameter);
  require(spec.loss_parameters.size() == loss.parameters(spec.output_size()),
          parameter + " must be given, one or one for each output");
  for (const float value : spec.loss_parameters) {
    require(value > 0, parameter + " must be above 0");
    require(!loss.parameter_of_each_output || value <= 1, parameter + " must be at most 1");
  }
  require(
      !loss.takes_logits || spec.layers.back().activation == loss.output,
      "the loss does not go with the output's activation: crossEntropy needs softmax, bce needs "
      "sigmoid");
}

}  // namespace chainrule
