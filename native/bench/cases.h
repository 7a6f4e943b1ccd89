#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fit/trainer.h"
#include "network/network.h"

namespace chainrule::bench {

/// A network and the size of its batches: Adam, relu hidden layers, softmax or one sigmoid output.
struct Case {
  std::vector<size_t> sizes;
  size_t batch;
  Loss loss;
};

std::string name_of(const Case& c);
/// The cases whose names begin with `name`.
std::vector<Case> cases_named(const std::string& name);

/// 6 B P - 2 B d0 d1: forward, dW and dX, but no dX of the first layer.
double flops_of(const Case& c);

std::vector<float> random_floats(size_t size, uint32_t seed, float range);

/// The kernels that CHAINRULE_SIMD and CHAINRULE_GEMM name.
const Kernels& kernels_of_environment();

/// By those kernels.
std::unique_ptr<Network> make_network(const Case& c, size_t threads);
/// A fit with `batches` different batches per epoch.
FitSpec make_fit(const Case& c, size_t batches, uint32_t epochs);

inline double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace chainrule::bench
