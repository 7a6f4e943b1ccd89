#include "network/network.h"

#include <string>

#include "runtime/error.h"

namespace chainrule {
namespace {

void require_size(const char* what, size_t came, size_t expected) {
  if (came != expected) {
    throw Error(ErrorCode::kShape, std::string(what) + " has " + std::to_string(came) +
                                       " values, expected " + std::to_string(expected));
  }
}

}  // namespace

double Network::train_batch(const Samples& samples) {
  const Access::Visit visit(access_);
  access_.require_not_fitting();
  return perceptron(visit).train_batch(samples);
}

double Network::loss_and_gradients(const Samples& samples, std::span<float> flat_gradients,
                                   float* d_inputs) {
  require_size("gradients", flat_gradients.size(), parameter_count());
  const Access::Visit visit(access_);
  return perceptron(visit).loss_and_gradients(samples, flat_gradients, d_inputs);
}

Evaluation Network::evaluate(const Samples& samples, std::span<const uint32_t> rows,
                             float* outputs) {
  const Access::Visit visit(access_);
  return perceptron(visit).evaluate(samples, rows, outputs);
}

void Network::predict(const float* inputs, size_t rows, float* outputs,
                      const std::atomic<bool>* stop) {
  const Access::Visit visit(access_);
  perceptron(visit).predict(inputs, rows, outputs, stop);
}

// ---- Parameters and moments ------------------------------------------------------------------

void Network::get_parameters(std::span<float> flat) {
  require_size("parameters", flat.size(), parameter_count());
  const Access::Visit visit(access_);
  Perceptron& perceptron = this->perceptron(visit);
  flatten(perceptron.layout(), perceptron.state().parameters, flat);
}

void Network::set_parameters(std::span<const float> flat) {
  require_size("parameters", flat.size(), parameter_count());
  const Access::Visit visit(access_);
  access_.require_not_fitting();
  Perceptron& perceptron = this->perceptron(visit);
  unflatten(perceptron.layout(), flat, perceptron.state().parameters);
}

uint64_t Network::get_optimizer_state(std::span<const std::span<float>> flat_moments) {
  const Access::Visit visit(access_);
  Perceptron& perceptron = this->perceptron(visit);
  for (size_t i = 0; i < flat_moments.size(); ++i) {
    require_size("a moment of the optimizer", flat_moments[i].size(), parameter_count());
    flatten(perceptron.layout(), perceptron.state().moments[i], flat_moments[i]);
  }
  return perceptron.state().step;
}

void Network::set_moment(size_t moment, std::span<const float> flat) {
  require_size("a moment of the optimizer", flat.size(), parameter_count());
  const Access::Visit visit(access_);
  access_.require_not_fitting();
  Perceptron& perceptron = this->perceptron(visit);
  unflatten(perceptron.layout(), flat, perceptron.state().moments[moment]);
  perceptron.state().is_tame = false;  // unknown: the next step looks
}

uint64_t Network::steps_taken() {
  const Access::Visit visit(access_);
  return perceptron(visit).state().step;
}

void Network::set_steps_taken(uint64_t steps) {
  const Access::Visit visit(access_);
  access_.require_not_fitting();
  perceptron(visit).state().step = steps;
}

}  // namespace chainrule
