// The system's permission to use tiles: asked for, given, refused, inherited. It is a whole
// process's and lasts until its end, so each of these tests is a process of its own.
#if defined(__linux__) && defined(__x86_64__)
#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "amx.h"
#include "kernels/tiles.h"
#include "plan/products.h"
#include "runtime/bf16_units.h"
#include "runtime/error.h"
#include "runtime/memory.h"
#include "trained.h"

namespace chainrule {
namespace {

// Names of tests that are processes of their own, and without commas, which separate filters.
constexpr char kSmallStack[] = "in a process of its own: small stack for signals";
constexpr char kSeccomp[] = "in a process of its own: seccomp";
constexpr char kInherited[] = "in a process of its own: inherited";
constexpr char kNotAsked[] = "in a process of its own: not asked";

/// Whether this process may use tiles, by the system's own word.
bool is_permitted() {
  constexpr int kGetPermission = 0x1022;  // ARCH_GET_XCOMP_PERM of asm/prctl.h
  uint64_t permitted = 0;
  REQUIRE(syscall(SYS_arch_prctl, kGetPermission, &permitted) == 0);
  return (permitted >> 18 & 1) != 0;
}

/// Whether 32 rows of ones by ones are 32 in this thread.
bool tiles_work() {
  const TileKernels* amx = tile_kernels(TileUnit::kAmx);
  if (amx == nullptr) return false;
  AlignedArray<uint16_t> ones(image_words(Bf16Terms::kOne));
  for (size_t i = 0; i < ones.size(); ++i) ones[i] = 0x3f80;
  std::vector<float> c(kBlock * kBlock);
  const TileRegion region(*amx);
  amx->multiply[0]({.blocks = 1,
                    .depth = 1,
                    .left = ones.data(),
                    .left_block = 0,
                    .right = ones.data(),
                    .c = c.data(),
                    .c_stride = kBlock});
  return c == std::vector<float>(kBlock * kBlock, 32);
}

test::Case case_of(ProductsDemand demand, Precision precision) {
  test::Case c{.spec = test::classifier({48, 40, 4}, 1), .batch = 32, .rows = 32};
  c.spec.precision = precision;
  c.spec.products = demand;
  return c;
}

/// That tiles are refused for this reason, also to a network that asks for them.
void check_refused(const std::string& reason) {
  CHECK_FALSE(is_permitted());
  CHECK(why_no_bf16_unit(Bf16Unit::kAmx) == reason);
  CHECK(tile_kernels(TileUnit::kAmx) == nullptr);
  CHECK_THROWS_WITH_AS(test::train(*supported_kernels().front(),
                                   case_of(ProductsDemand::kAmx, Precision::kBf16), std::nullopt),
                       reason.c_str(), Error);
}

/// Runs a test case that is skipped here in a new process of this program.
void check_alone(const std::string& name) {
  CAPTURE(name);
  const std::string filter = "--test-case=" + name;
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "core_test", filter.c_str(), "--no-skip", "--minimal", nullptr);
    _exit(127);
  }
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE(kSmallStack* doctest::skip()) {
  std::atomic<bool> is_set{false}, done{false};
  std::thread thread([&] {
    std::vector<char> memory(8192);
    const stack_t stack = {.ss_sp = memory.data(), .ss_flags = 0, .ss_size = memory.size()};
    REQUIRE(sigaltstack(&stack, nullptr) == 0);
    is_set = true;
    while (!done) std::this_thread::yield();
    const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&none, nullptr);
  });
  while (!is_set) std::this_thread::yield();
  check_refused(
      "the system refuses tiles: a thread has a stack for signals that is too small for them");
  done = true;
  thread.join();
}
TEST_CASE("tiles are refused to a process with a small stack for signals") {
  if (test::has_amx_or_skips()) check_alone(kSmallStack);
}

TEST_CASE(kSeccomp* doctest::skip()) {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_arch_prctl, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x1023, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {sizeof(program) / sizeof(program[0]),
                             const_cast<sock_filter*>(program)};
  REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
  check_refused("the system refuses tiles: Operation not permitted");
}
TEST_CASE("tiles are refused to a process whose seccomp filter forbids the question") {
  if (test::has_amx_or_skips()) check_alone(kSeccomp);
}

TEST_CASE(kInherited* doctest::skip()) {
  std::atomic<bool> asked{false};
  bool in_earlier = false, in_later = false;
  std::thread earlier([&] {
    while (!asked) std::this_thread::yield();
    in_earlier = tiles_work();
  });
  CHECK_FALSE(is_permitted());
  // Not the main thread asks.
  std::thread([] { CHECK(why_no_bf16_unit(Bf16Unit::kAmx) == ""); }).join();
  asked = true;
  earlier.join();
  std::thread([&] { in_later = tiles_work(); }).join();
  CHECK(in_earlier);
  CHECK(in_later);
  CHECK(tiles_work());
  CHECK(is_permitted());
  const pid_t child = fork();
  if (child == 0) _exit(tiles_work() ? 0 : 1);
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);

  std::vector<char> memory(8192);
  const stack_t small = {.ss_sp = memory.data(), .ss_flags = 0, .ss_size = memory.size()};
  CHECK(sigaltstack(&small, nullptr) == -1);
  CHECK(errno == ENOMEM);
}
TEST_CASE("tiles are permitted to threads and forked children and small stacks then refused") {
  if (test::has_amx_or_skips()) check_alone(kInherited);
}

TEST_CASE(kNotAsked* doctest::skip()) {
  // case_of() is a small network, but VDPBF16PS can be demanded for it.
  for (const ProductsDemand demand : {ProductsDemand::kAuto, ProductsDemand::kVdpbf16}) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBf16x3, Precision::kBf16}) {
      const test::Case c = case_of(demand, precision);
      const Kernels& kernels = *supported_kernels().front();
      const Products products =
          choose_products(c.spec, make_parameter_layout(c.spec, kernels.panels), kernels);
      CHECK(products.name().find("amx") == std::string::npos);
      test::train(kernels, c, std::nullopt);
    }
  }
  CHECK_FALSE(is_permitted());
  NetworkSpec large = test::classifier({784, 256, 10}, 1);
  large.precision = Precision::kBf16x3;
  const Kernels& kernels = *supported_kernels().front();
  const Products products =
      choose_products(large, make_parameter_layout(large, kernels.panels), kernels);
  CHECK(products.name() == "amx-bf16x3");
  CHECK(is_permitted());
}
TEST_CASE(
    "nobody asks for tiles but a network that uses them, and a new program has to ask again") {
  if (!test::has_amx_or_skips()) return;
  CHECK(tiles_work());
  check_alone(kNotAsked);
}

}  // namespace
}  // namespace chainrule
#endif
