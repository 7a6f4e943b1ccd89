#include "plan/phase.h"

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "plan/plan.h"

namespace chainrule {
namespace {

/// The arrays of a step through which its phases depend on each other. A_0 is the batch.
/// kScaledWeight and kScaleSums are V and the panels' sums of InputScalePlan; kNotes is
/// Workspace::notes; kSegmentSums are those of SegmentPlan.
enum class Array {
  kActivations,
  kDelta,
  kWeight,
  kLosses,
  kTileSums,
  kScale,
  kScaledWeight,
  kScaleSums,
  kNotes,
  kSegmentSums
};

/// Which part of an array a worker touches in a phase.
enum class Part { kOwnRows, kOwnTiles, kAll };

Part own_part(const Phase& phase) { return phase.by_rows() ? Part::kOwnRows : Part::kOwnTiles; }

/// What a worker needs of the rows that it computes: the same rows, or any.
Part needed_part(const Phase& phase) { return phase.by_rows() ? Part::kOwnRows : Part::kAll; }

struct Access {
  Array array;
  size_t layer;
  Part part;
  bool writes = false;

  /// Whether two workers must not do this and `other` at the same time.
  bool conflicts_with(const Access& other) const {
    if (array != other.array || layer != other.layer) return false;
    if (!writes && !other.writes) return false;
    // A worker's own rows are the same in every phase, and an array has one grid of tiles.
    return part == Part::kAll || part != other.part;
  }
};

/// The phases so far, in the order of a step.
class Order {
 public:
  explicit Order(size_t layers) { since_wait_.reserve(kMostAccesses * (6 * layers + 8)); }

  void add(Phase& phase, std::initializer_list<Access> accesses) {
    for (const Access& access : accesses) {
      for (const Access& before : since_wait_) {
        phase.waits = phase.waits || access.conflicts_with(before);
      }
    }
    if (phase.waits) since_wait_.clear();
    since_wait_.insert(since_wait_.end(), accesses);
  }

 private:
  static constexpr size_t kMostAccesses = 5;  // of one phase
  std::vector<Access> since_wait_;            // accesses that some workers may not have ended
};

/// The first phase of a network with a scale of its inputs.
void weigh_inputs(Plan& plan, Order& order) {
  plan.scale.weigh_phase.division = Division::kTiles;
  order.add(plan.scale.weigh_phase, {{Array::kWeight, 0, Part::kOwnTiles},
                                     {Array::kScale, 0, Part::kAll},
                                     {Array::kScaledWeight, 0, Part::kOwnTiles, true}});
}

void forward_phases(Plan& plan, Order& order) {
  const bool scales = plan.scale.inputs > 0;
  for (size_t l = 0; l < plan.layers.size(); ++l) {
    Phase& forward = plan.layers[l].forward_phase;
    SegmentPlan& segments = plan.layers[l].segments;
    const bool is_cut = segments.count > 1;
    order.add(forward, {{Array::kActivations, l, needed_part(forward)},
                        {l == 0 && scales ? Array::kScaledWeight : Array::kWeight, l, Part::kAll},
                        {is_cut ? Array::kSegmentSums : Array::kActivations, l + 1,
                         own_part(forward), true}});
    if (!is_cut) continue;
    segments.join_phase.division = Division::kTiles;
    order.add(segments.join_phase, {{Array::kSegmentSums, l + 1, Part::kAll},
                                    {Array::kActivations, l + 1, Part::kOwnTiles, true}});
  }
}

}  // namespace

void derive_waits(Plan& plan) {
  Order order(plan.layers.size());
  const size_t last = plan.layers.size();  // the number of A_last; A_l is what layer l - 1 puts out
  Phase gather;
  const bool by_columns = plan.gathers_columns();
  order.add(gather,
            {{Array::kActivations, 0, by_columns ? Part::kOwnTiles : Part::kOwnRows, true}});
  const bool scales = plan.scale.inputs > 0;
  if (scales) weigh_inputs(plan, order);
  forward_phases(plan, order);
  order.add(plan.output_phase, {{Array::kActivations, last, Part::kOwnRows},
                                {Array::kDelta, last, Part::kOwnRows, true},
                                {Array::kLosses, 0, Part::kOwnRows, true}});
  const auto d_input = [&](size_t l) {
    Phase& phase = plan.layers[l].d_input_phase;
    order.add(phase, {{Array::kDelta, l + 1, needed_part(phase)},
                      {Array::kWeight, l, Part::kAll},
                      {Array::kActivations, l, needed_part(phase)},
                      {Array::kDelta, l, own_part(phase), true},
                      {Array::kNotes, 0, Part::kOwnTiles, true}});
  };
  size_t l = last;
  for (; l > 1 && plan.layers[l - 1].d_input_phase.by_rows(); --l) d_input(l - 1);
  // A penalty writes its sums within the phase, and reads all of them at its end.
  order.add(plan.loss_phase, {{Array::kLosses, 0, Part::kAll}, {Array::kTileSums, 0, Part::kAll}});
  for (size_t layer = l; layer-- > 1;) d_input(layer);
  plan.check_phase.division = Division::kTiles;
  order.add(plan.check_phase, {{Array::kNotes, 0, Part::kAll}});
  const bool stores_gradients = plan.path == StepPath::kTwoPasses;
  for (size_t layer = last; layer-- > 0;) {
    Phase& d_weight = plan.layers[layer].d_weight_phase;
    d_weight.division = Division::kTiles;
    order.add(d_weight, {{Array::kActivations, layer, Part::kAll},
                         {Array::kDelta, layer + 1, Part::kAll},
                         {Array::kWeight, layer, Part::kOwnTiles, !stores_gradients},
                         {Array::kScale, layer, Part::kAll},
                         {Array::kScaleSums, layer, Part::kOwnTiles, true}});
  }
  if (scales) {
    plan.scale.sum_phase.division = Division::kTiles;
    order.add(plan.scale.sum_phase, {{Array::kScaleSums, 0, Part::kAll},
                                     {Array::kScale, 0, Part::kOwnTiles, !stores_gradients}});
  }
  if (!stores_gradients) return;
  plan.norm_phase.division = Division::kTiles;
  order.add(plan.norm_phase, {{Array::kTileSums, 0, Part::kOwnTiles, true}});
  plan.update_phase.division = Division::kTiles;
  for (size_t layer = 0; layer < last; ++layer) {
    order.add(plan.update_phase, {{Array::kWeight, layer, Part::kOwnTiles, true},
                                  {Array::kScale, layer, Part::kOwnTiles, true}});
  }
}

}  // namespace chainrule
