#include "target.h"

#include "refusal.h"
#include "runtime/memory.h"
#include "sequence.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace chainrule;
  const int64_t held = memory_counters().bytes, blocks = memory_counters().blocks;
  fuzz::Sequence({bytes, size}).run();
  fuzz::require(memory_counters().bytes == held && memory_counters().blocks == blocks,
                "a sequence has left memory behind");
  return 0;
}
