#include <cstddef>

#include "specs.h"

namespace chainrule::fuzz {
namespace {

/// Around the widths of vectors, panels and blocks.
constexpr size_t kSizes[] = {15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200};

size_t draw_size(Reader& reader) {
  const size_t kind = reader.below(64);
  if (kind == 63) return reader.extreme_size();
  if (kind >= 56) return reader.among(kSizes);
  return 1 + reader.below(kind >= 40 ? 40 : 8);
}

TensorFactors draw_factors(Reader& reader) {
  const auto factor = [&] { return reader.one_in(8) ? reader.number() : 2 * reader.fraction(); };
  return {.learning_rate = factor(), .weight_decay = factor(), .epsilon = factor()};
}

LayerSpec draw_layer(Reader& reader) {
  LayerSpec layer{.units = draw_size(reader),
                  .activation = reader.kind<Activation>(kActivationCount),
                  .slope = 0.01f,
                  .use_bias = !reader.one_in(4)};
  if (layer.activation == Activation::kSoftmax && !reader.one_in(8)) {
    layer.activation = Activation::kRelu;  // softmax is refused in a hidden layer
  }
  if (reader.one_in(4)) layer.slope = static_cast<float>(reader.fraction());
  if (reader.one_in(64)) layer.slope = static_cast<float>(reader.number());
  if (reader.one_in(4)) layer.dropout = reader.fraction();
  if (reader.one_in(64)) layer.dropout = reader.number();
  if (reader.one_in(8)) {
    layer.weight_factors = draw_factors(reader);
    layer.bias_factors = draw_factors(reader);
  }
  return layer;
}

/// Makes the output go with the loss, mostly.
void draw_loss(Reader& reader, NetworkSpec& spec) {
  spec.loss = reader.kind<Loss>(kLossCount);
  const LossInfo& loss = info_of(spec.loss);
  if (!spec.layers.empty() && !reader.one_in(32)) {
    LayerSpec& last = spec.layers.back();
    last.dropout = 0;
    if (loss.takes_logits)
      last.activation = loss.output;
    else if (reader.one_in(8))
      last.activation = Activation::kSoftmax;
  }
  const size_t outputs = spec.layers.empty() ? 1 : spec.output_size();
  size_t parameters = loss.parameters(std::min<size_t>(outputs, 512));
  if (reader.one_in(64)) parameters += reader.one_in(2) ? 1 : SIZE_MAX * (parameters > 0);
  for (size_t i = 0; i < parameters; ++i) {
    spec.loss_parameters.push_back(static_cast<float>(reader.fraction()));
  }
  if (parameters > 0 && reader.one_in(32)) {
    spec.loss_parameters.front() = static_cast<float>(reader.number());
  }
  if (reader.one_in(8)) spec.label_smoothing = reader.fraction();
  if (reader.one_in(64)) spec.label_smoothing = reader.number();
}

OptimizerSpec draw_optimizer(Reader& reader) {
  OptimizerSpec spec;
  spec.kind = reader.kind<OptimizerKind>(kOptimizerCount);
  spec.learning_rate = reader.fraction() / 16;
  for (const OptimizerField& field : info_of(spec.kind).fields) {
    if (field.truth != nullptr) spec.*field.truth = reader.one_in(2);
    if (field.number == nullptr || !reader.one_in(4)) continue;
    spec.*field.number = reader.one_in(4) ? reader.number() : reader.fraction();
  }
  if (reader.one_in(4)) spec.clip_norm = 4 * reader.fraction();
  if (reader.one_in(32)) spec.clip_norm = reader.number();
  if (reader.one_in(32)) spec.learning_rate = reader.number();
  return spec;
}

void draw_precision(Reader& reader, NetworkSpec& spec) {
  if (!reader.one_in(3)) return;
  spec.precision = reader.one_in(2) ? Precision::kBf16 : Precision::kBf16x3;
  // Mostly one that computes everywhere.
  spec.products = reader.one_in(2) ? reader.kind<ProductsDemand>(5) : ProductsDemand::kEmulated;
}

}  // namespace

const Kernels& draw_kernels(Reader& reader) {
  const auto own = supported_kernels(Gemm::kOwn), openblas = supported_kernels(Gemm::kOpenBlas);
  // Half of the networks have the best table, which alone has tiles of bf16.
  const size_t at = reader.below(2 * (own.size() + openblas.size()));
  if (at < own.size()) return *own[at];
  return at < own.size() + openblas.size() ? *openblas[at - own.size()] : *own.front();
}

NetworkSpec draw_network_spec(Reader& reader) {
  NetworkSpec spec{};
  spec.input_size = draw_size(reader);
  const size_t layers = reader.one_in(64) ? 0 : 1 + reader.below(reader.one_in(4) ? 5 : 3);
  for (size_t l = 0; l < layers; ++l) spec.layers.push_back(draw_layer(reader));
  draw_loss(reader, spec);
  spec.optimizer = draw_optimizer(reader);
  if (reader.one_in(4)) spec.l2 = reader.fraction() / 16;
  if (reader.one_in(64)) spec.l2 = reader.number();
  if (reader.one_in(8)) spec.input_scale = draw_factors(reader);
  draw_precision(reader, spec);
  spec.seed = static_cast<uint32_t>(reader.word(1));
  constexpr size_t kThreads[] = {1, 2, 3, 4};
  spec.threads = reader.one_in(64) ? reader.extreme_size() : reader.among(kThreads);
  return spec;
}

}  // namespace chainrule::fuzz
