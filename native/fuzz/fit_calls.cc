#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "calls.h"
#include "fit/trainer.h"
#include "refusal.h"

namespace chainrule::fuzz {
namespace {

constexpr size_t kMostEpochs = 4;

/// What a listener throws.
struct Enough {};

/// Another thread that reads the network again and again, and at last stops the fit.
class Visitor {
 public:
  Visitor(Network& network, std::atomic<bool>& stop, size_t visits)
      : thread_([this, &network, &stop, visits] {
          try {
            for (size_t i = 0; i < visits && !done_; ++i) bits_of(network);
          } catch (const Error&) {  // the fit's budget is for both
          }
          stop = true;
        }) {}
  ~Visitor() {
    done_ = true;
    thread_.join();
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// Between two epochs anybody may do anything.
void hear_of_epoch(Reader& reader, Network& network, Trainer& trainer, std::atomic<bool>& stop) {
  switch (reader.below(16)) {
    case 12:
      call_network(reader, network, true);
      break;
    case 13:
      stop = true;
      break;
    case 14:
      trainer.pause();
      break;
    case 15:
      throw Enough();
    default:
      break;
  }
}

void run(Reader& reader, Network& network, Trainer& trainer, FitState& state) {
  std::atomic<bool> stop{reader.one_in(16)};
  if (reader.one_in(16)) trainer.pause();
  std::optional<Visitor> visitor;
  if (reader.one_in(32)) visitor.emplace(network, stop, reader.below(16));
  size_t epochs = 0;
  try {
    const Budget budget;
    const FitOutcome end = trainer.run(stop, [&](const EpochOutcome& outcome) {
      require(outcome.samples > 0, "an epoch without rows");
      hear_of_epoch(reader, network, trainer, stop);
      if (++epochs == kMostEpochs) stop = true;
    });
    if (end.stopped_by == FitEnd::kPaused) state = trainer.take_state();
  } catch (const Enough&) {
  } catch (const Error&) {
  }
}

}  // namespace

void call_fit(Reader& reader, Network& network, const Datasets& datasets, FitState& state) {
  FitSpec spec = draw_fit_spec(reader, datasets);
  FitState from;
  if (reader.one_in(2)) from = std::exchange(state, {});
  if (reader.one_in(8)) draw_fit_state(reader, from);
  {
    std::optional<Trainer> trainer;
    refusal_of(network, [&] { trainer.emplace(network, spec, std::move(from)); });
    if (!trainer) return;
    // Reserved from here until its end, whether or not it runs.
    if (reader.one_in(8)) call_network(reader, network, true);
    if (reader.one_in(8)) {
      const auto code = refusal_of(network, [&] { Trainer second(network, spec); });
      require(code.has_value(), "two fits have one network");
    }
    if (!reader.one_in(16)) run(reader, network, *trainer, state);
  }
  bits_of(network);  // it predicts, however the fit has ended
}

}  // namespace chainrule::fuzz
