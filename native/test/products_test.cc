// What computes a network's products: by its precision, its shapes and the CPU.
#include "plan/products.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "network/network.h"
#include "runtime/bf16_units.h"
#include "runtime/error.h"
#include "support.h"
#include "trained.h"

namespace chainrule {
namespace {

using test::classifier;

Products products_of(NetworkSpec spec, Precision precision,
                     ProductsDemand demand = ProductsDemand::kAuto, size_t table = 0) {
  spec.precision = precision;
  spec.products = demand;
  const Kernels& kernels = *supported_kernels()[table];
  return choose_products(spec, make_parameter_layout(spec, kernels.panels), kernels);
}

TEST_CASE("products are float32 unless asked for otherwise, and then say why") {
  const NetworkSpec large = classifier({784, 1024, 10}, 2);
  const Products by_default = products_of(large, Precision::kFloat32, ProductsDemand::kEmulated);
  CHECK(by_default.name() == "float32");
  CHECK(by_default.reason == "");
  const Products forced = products_of(large, Precision::kBf16, ProductsDemand::kFloat32);
  CHECK(forced.name() == "float32");
  CHECK(forced.reason == "CHAINRULE_PRODUCTS is float32");
  const Products split = products_of(large, Precision::kBf16x3);
  CHECK((split.name() == "float32") == (split.reason != ""));
  const Products lower = products_of(large, Precision::kBf16, ProductsDemand::kEmulated,
                                     supported_kernels().size() - 1);
  CHECK(lower.name() == "float32");
  CHECK(lower.reason.find("no blocks of 32 columns") != std::string::npos);
}

TEST_CASE("the fastest unit is chosen, for networks that fill its blocks") {
  if (supported_kernels().front()->float_lanes != kBlock / 2) return;
  const bool amx = why_no_bf16_unit(Bf16Unit::kAmx).empty();
  const bool vectors =
      !amx && why_no_bf16_unit(Bf16Unit::kVdpbf16).empty() && vdpbf16_is_fast(this_cpu());
  const auto name = [](Precision precision, std::vector<size_t> sizes) {
    return products_of(classifier(std::move(sizes), 2), precision).name();
  };
  const std::string bf16 = amx ? "amx-bf16" : vectors ? "vdpbf16-bf16" : "float32";
  const std::string bf16x3 = amx ? "amx-bf16x3" : "float32";
  for (const std::vector<size_t>& small : {std::vector<size_t>{4, 16, 3}, {30, 64, 32, 1}}) {
    CHECK(name(Precision::kBf16, small) == "float32");
    CHECK(name(Precision::kBf16x3, small) == "float32");
  }
  for (const std::vector<size_t>& large :
       {std::vector<size_t>{784, 128, 10}, {784, 512, 256, 10}, {1024, 4096, 4096, 1000}}) {
    CHECK(name(Precision::kBf16, large) == bf16);
    CHECK(name(Precision::kBf16x3, large) == bf16x3);
  }
}

TEST_CASE("a network too small for bf16 trains to float32's bits") {
  test::Case c{.spec = classifier({30, 64, 32, 2}, 1), .batch = 32, .rows = 100};
  const auto float32 = test::train(*supported_kernels().front(), c, std::nullopt);
  for (const Precision precision : {Precision::kBf16, Precision::kBf16x3}) {
    c.spec.precision = precision;
    CHECK(test::train(*supported_kernels().front(), c, std::nullopt).parameters ==
          float32.parameters);
  }
}

TEST_CASE("a unit that is asked for is used or refused") {
  if (supported_kernels().front()->float_lanes != kBlock / 2) return;
  const NetworkSpec small = classifier({4, 3}, 1);
  CHECK(products_of(small, Precision::kBf16x3, products_named("emulated")).name() ==
        "emulated-bf16x3");
  for (const auto& [name, unit] :
       {std::pair{"vdpbf16", Bf16Unit::kVdpbf16}, std::pair{"amx", Bf16Unit::kAmx}}) {
    if (why_no_bf16_unit(unit).empty()) {
      CHECK(products_of(small, Precision::kBf16, products_named(name)).name() ==
            std::string(name) + "-bf16");
    } else {
      CHECK_THROWS_WITH_AS(products_of(small, Precision::kBf16, products_named(name)),
                           why_no_bf16_unit(unit).c_str(), Error);
    }
  }
  CHECK(products_named("") == ProductsDemand::kAuto);
  CHECK_THROWS_AS(products_named("float16"), Error);
}

TEST_CASE("the choice of products does not depend on threads") {
  for (const Precision precision : {Precision::kBf16, Precision::kBf16x3}) {
    CHECK(products_of(classifier({300, 200, 10}, 1), precision).name() ==
          products_of(classifier({300, 200, 10}, 8), precision).name());
  }
}

}  // namespace
}  // namespace chainrule
