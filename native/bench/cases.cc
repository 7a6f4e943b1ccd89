#include "cases.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "kernels/kernels.h"
#include "plan/plan.h"
#include "runtime/random.h"

namespace chainrule::bench {
namespace {

const Case kCases[] = {
    {{4, 16, 3}, 16, Loss::kCrossEntropy},
    {{30, 64, 32, 1}, 32, Loss::kBce},
    {{784, 128, 10}, 128, Loss::kCrossEntropy},
    {{784, 512, 256, 10}, 128, Loss::kCrossEntropy},
    {{784, 1024, 1024, 10}, 256, Loss::kCrossEntropy},
    {{1024, 4096, 4096, 1000}, 512, Loss::kCrossEntropy},
};

}  // namespace

std::string name_of(const Case& c) {
  std::string name;
  for (const size_t size : c.sizes) {
    if (!name.empty()) name += '-';
    name += std::to_string(size);
  }
  return name + " B" + std::to_string(c.batch);
}

std::vector<Case> cases_named(const std::string& name) {
  std::vector<Case> found;
  for (const Case& c : kCases) {
    if (name_of(c).starts_with(name)) found.push_back(c);
  }
  return found;
}

double flops_of(const Case& c) {
  double weights = 0;
  for (size_t l = 1; l < c.sizes.size(); ++l) {
    weights += static_cast<double>(c.sizes[l - 1] * c.sizes[l]);
  }
  return static_cast<double>(c.batch) *
         (6 * weights - 2 * static_cast<double>(c.sizes[0] * c.sizes[1]));
}

std::vector<float> random_floats(size_t size, uint32_t seed, float range) {
  const uint32_t key[2] = {seed, static_cast<uint32_t>(Stream::kInitialisation)};
  std::vector<uint32_t> words(size + 1);
  supported_kernels().back()->random_words(key, 0, 0, (size + 1) / 2, words.data());
  std::vector<float> values(size);
  for (size_t i = 0; i < size; ++i) {
    values[i] = range * (static_cast<float>(words[i] >> 8) / 8388608.0f - 1.0f);
  }
  return values;
}

const Kernels& kernels_of_environment() {
  const char* gemm = std::getenv("CHAINRULE_GEMM");
  const bool openblas = gemm != nullptr && std::string_view(gemm) == "openblas";
  return kernels_named(std::getenv("CHAINRULE_SIMD"),
                       openblas ? std::optional(Gemm::kOpenBlas) : std::nullopt);
}

namespace {

Precision precision_of_environment() {
  const char* wanted = std::getenv("CHAINRULE_PRECISION");
  for (size_t i = 0; wanted != nullptr && i < std::size(kPrecisions); ++i) {
    if (kPrecisions[i] == wanted) return static_cast<Precision>(i);
  }
  return Precision::kFloat32;
}

ProductsDemand products_of_environment() {
  const char* wanted = std::getenv("CHAINRULE_PRODUCTS");
  return products_named(wanted == nullptr ? "" : wanted);
}

}  // namespace

std::unique_ptr<Network> make_network(const Case& c, size_t threads) {
  NetworkSpec spec{};
  spec.input_size = c.sizes[0];
  for (size_t l = 1; l < c.sizes.size(); ++l) {
    const bool last = l + 1 == c.sizes.size();
    const Activation output = c.loss == Loss::kBce ? Activation::kSigmoid : Activation::kSoftmax;
    spec.layers.push_back({c.sizes[l], last ? output : Activation::kRelu, 0, true});
  }
  spec.loss = c.loss;
  spec.threads = threads;
  spec.precision = precision_of_environment();
  spec.products = products_of_environment();
  const Kernels& kernels = kernels_of_environment();
  const size_t count = make_parameter_layout(spec, kernels.panels).count;
  return std::make_unique<Network>(spec, kernels, random_floats(count, 3, 0.05f));
}

FitSpec make_fit(const Case& c, size_t batches, uint32_t epochs) {
  const size_t rows = batches * c.batch;
  const std::vector<float> inputs = random_floats(rows * c.sizes.front(), 4, 1);
  std::vector<int32_t> labels(rows);
  std::vector<float> targets(rows);
  for (size_t r = 0; r < rows; ++r) {
    labels[r] = static_cast<int32_t>(r % c.sizes.back());
    targets[r] = static_cast<float>(r % 2);
  }
  const bool yes_no = c.loss == Loss::kBce;
  FitSpec fit;
  fit.epochs = epochs;
  fit.batch_size = c.batch;
  fit.training = std::make_shared<const Dataset>(
      Samples{rows, inputs.data(), yes_no ? targets.data() : nullptr,
              yes_no ? nullptr : labels.data(), nullptr},
      c.sizes.front(), yes_no ? 1 : 0);
  return fit;
}

}  // namespace chainrule::bench
