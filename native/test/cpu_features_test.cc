#include "runtime/cpu_features.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace chainrule {
namespace {

TEST_CASE("a feature that no CPU has is not found") { CHECK_FALSE(cpu_has("avx1024")); }

TEST_CASE("a feature is enabled or not, never both") {
  const std::vector<std::string_view> enabled = cpu_features();
  for (const std::string_view name : enabled) CHECK(cpu_has(name));
  for (const std::string_view name : cpu_features_not_enabled()) {
    CHECK_FALSE(cpu_has(name));
    CHECK(std::find(enabled.begin(), enabled.end(), name) == enabled.end());
  }
}

#if defined(__linux__) && defined(__x86_64__)
// Linux detects the features with its own code, and omits those that it does not enable.
TEST_CASE("the features are those that Linux lists") {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0) {
  }
  REQUIRE(line.rfind("flags", 0) == 0);
  std::istringstream words(line);
  const std::vector<std::string> flags{std::istream_iterator<std::string>(words), {}};
  const auto listed = [&](std::string_view name) {
    // Linux keeps the first SSE3 under its old name.
    const std::string_view linux_name = name == "sse3" ? "pni" : name;
    return std::find(flags.begin(), flags.end(), linux_name) != flags.end();
  };
  for (const std::string_view name : cpu_features()) {
    INFO(std::string(name));
    CHECK(listed(name));
  }
  for (const char* name : {"sse2", "sse3", "ssse3", "sse4_2", "avx2", "fma", "avx512f", "avx512vl",
                           "amx_tile", "fma4", "3dnow"}) {
    INFO(name);
    CHECK(cpu_has(name) == listed(name));
  }
}
#endif

}  // namespace
}  // namespace chainrule
