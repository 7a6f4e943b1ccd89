#include "refusal.h"

#include <bit>
#include <cstring>
#include <span>

#include "runtime/memory.h"

namespace chainrule::fuzz {

std::vector<float> bits_of(Network& network) {
  const size_t count = network.parameter_count();
  const size_t outputs = network.spec().output_size();
  std::vector<float> bits((1 + network.moments()) * count + 2 + outputs);
  network.get_parameters({bits.data(), count});
  std::vector<std::span<float>> moments;
  for (size_t i = 0; i < network.moments(); ++i) {
    moments.push_back({bits.data() + (1 + i) * count, count});
  }
  const uint64_t steps = network.get_optimizer_state(moments);
  float* const rest = bits.data() + (1 + network.moments()) * count;
  rest[0] = std::bit_cast<float>(static_cast<uint32_t>(steps));
  rest[1] = std::bit_cast<float>(static_cast<uint32_t>(steps >> 32));
  std::vector<float> row(network.spec().input_size, 0.5f);
  network.predict(row.data(), 1, rest + 2);
  return bits;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

Budget::Budget(size_t bytes) : before_(memory_counters().limit) {
  memory_counters().limit = memory_counters().bytes + static_cast<int64_t>(bytes);
}

Budget::~Budget() { memory_counters().limit = before_; }

}  // namespace chainrule::fuzz
