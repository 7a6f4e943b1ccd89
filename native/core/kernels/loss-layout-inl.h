// The two layouts for which each loss is written once. A wide output has its columns in the lanes,
// one row at a time. Up to kFewColumns columns would leave lanes empty and turn every sum into a
// chain of shuffles, so the rows are in the lanes instead, copied to a transposed block and back
// unless the tile is transposed already.
#if defined(CHAINRULE_LOSS_LAYOUT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_LOSS_LAYOUT_INL_H
#undef CHAINRULE_LOSS_LAYOUT_INL_H
#else
#define CHAINRULE_LOSS_LAYOUT_INL_H
#endif

#include <cstring>

#include "kernels.h"
#include "transpose-inl.h"
#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

constexpr size_t kFewColumns = 32;

/// One number for each row of a vector, for computations in double, part of a vector at a time.
using DoubleTag = hn::ScalableTag<double>;
class OfRows {
 public:
  HWY_INLINE explicit OfRows(FloatVector v) { hn::Store(v, FloatTag(), lanes_); }
  /// The numbers from row `i` on.
  HWY_INLINE hn::Vec<DoubleTag> operator[](size_t i) const {
    const hn::Rebind<float, DoubleTag> half;
    return hn::PromoteTo(DoubleTag(), hn::LoadU(half, lanes_ + i));
  }

 private:
  HWY_ALIGN float lanes_[kLanes];
};

using LabelTag = hn::RebindToSigned<FloatTag>;
using LabelVector = hn::Vec<LabelTag>;

/// One row, its columns in the lanes.
class ColumnsInLanes {
 public:
  static size_t most_rows() { return 1; }

  ColumnsInLanes(const LossTile& tile, size_t row)
      : output(tile.output + row * tile.stride),
        targets(tile.targets == nullptr ? nullptr : tile.targets + row * tile.cols),
        delta(tile.delta + row * tile.stride),
        tile_(tile),
        row_(row) {}

  // for_each gives offsets into these.
  const float* const output;
  const float* const targets;
  float* const delta;

  /// Calls body(i, access, columns) for every vector of the rows.
  template <typename Body>
  HWY_INLINE void for_each(const Body& body) const {
    for_each_vector(tile_.cols, [&](size_t i, const auto& access) {
      body(i, access, hn::Iota(LabelTag(), static_cast<int32_t>(i)));
    });
  }
  /// Over all columns of a row.
  HWY_INLINE FloatVector sum(FloatVector v) const { return hn::Set(FloatTag(), sum_of_lanes(v)); }
  HWY_INLINE FloatVector max(FloatVector v) const { return hn::MaxOfLanes(FloatTag(), v); }
  HWY_INLINE FloatVector scale() const { return hn::Set(FloatTag(), tile_.row_scale[row_]); }
  HWY_INLINE LabelVector label() const { return hn::Set(LabelTag(), tile_.labels[row_]); }
  /// Of an array with a value for each column, those of the columns that for_each gave.
  template <typename Access>
  HWY_INLINE FloatVector of_columns(const float* values, LabelVector columns,
                                    const Access& access) const {
    return access.load(values + hn::GetLane(columns));
  }
  /// loss_of(i): the losses of the rows in lanes i and up.
  template <typename LossOf>
  HWY_INLINE void finish(const LossOf& loss_of) {
    tile_.row_loss[row_] = hn::GetLane(loss_of(0));
  }

 private:
  const LossTile& tile_;
  const size_t row_;
};

/// A row in each lane, a column in each vector, `stride` floats apart: in place if the tile is
/// transposed, otherwise in a copy. Lanes beyond the last row are undefined.
class RowsInLanes {
 public:
  static size_t most_rows() { return kLanes; }

  HWY_INLINE RowsInLanes(const LossTile& tile, size_t row)
      : output(tile.transposed ? tile.output + row : output_),
        targets(tile.transposed ? tile.targets + (tile.targets == nullptr ? 0 : row) : targets_),
        delta(tile.transposed ? tile.delta + row : delta_),
        tile_(tile),
        row_(row),
        rows_(HWY_MIN(kLanes, tile.rows - row)),
        stride_(tile.transposed ? tile.stride : kLanes) {
    if (tile.transposed) return;
    copy(tile.output + row * tile.stride, tile.stride, output_);
    if (tile.targets != nullptr) copy(tile.targets + row * tile.cols, tile.cols, targets_);
  }

  const float* const output;
  const float* const targets;
  float* const delta;

  template <typename Body>
  HWY_INLINE void for_each(const Body& body) const {
    for (size_t j = 0; j < tile_.cols; ++j) {
      body(j * stride_, Full(), hn::Set(LabelTag(), static_cast<int32_t>(j)));
    }
  }
  HWY_INLINE FloatVector sum(FloatVector v) const { return v; }
  HWY_INLINE FloatVector max(FloatVector v) const { return v; }
  HWY_INLINE FloatVector scale() const {
    const float* scale = tile_.row_scale + row_;
    return rows_ == kLanes ? hn::LoadU(FloatTag(), scale) : load_first(FloatTag(), scale, rows_);
  }
  HWY_INLINE LabelVector label() const {
    const int32_t* labels = tile_.labels + row_;
    if (rows_ == kLanes) return hn::LoadU(LabelTag(), labels);
    HWY_ALIGN int32_t first[kLanes] = {};
    std::memcpy(first, labels, rows_ * sizeof(int32_t));
    return hn::Load(LabelTag(), first);
  }
  template <typename Access>
  HWY_INLINE FloatVector of_columns(const float* values, LabelVector columns, const Access&) const {
    return hn::Set(FloatTag(), values[hn::GetLane(columns)]);
  }
  template <typename LossOf>
  HWY_INLINE void finish(const LossOf& loss_of) {
    HWY_ALIGN double copy[kLanes];
    double* losses = tile_.transposed ? tile_.row_loss + row_ : copy;
    for (size_t i = 0; i < kLanes; i += hn::Lanes(DoubleTag())) {
      hn::StoreU(loss_of(i), DoubleTag(), losses + i);
    }
    if (tile_.transposed) return;
    std::memcpy(tile_.row_loss + row_, copy, rows_ * sizeof(double));
    float* to = tile_.delta + row_ * tile_.stride;
    for_each_square(tile_.cols, rows_, [&](size_t c, size_t, Square part) HWY_ATTR {
      const First columns{part.rows};
      transpose_part(
          part,
          [&](size_t j, const auto&)
              HWY_ATTR { return hn::Load(FloatTag(), delta_ + (c + j) * kLanes); },
          [&](size_t r, FloatVector v) HWY_ATTR { columns.store(v, to + r * tile_.stride + c); });
    });
  }

 private:
  /// Copies square by square, from the top down.
  void copy(const float* from, size_t stride, float* to) const {
    transpose(rows_, tile_.cols, from, stride, to, kLanes);
  }

  const LossTile& tile_;
  const size_t row_, rows_, stride_;
  HWY_ALIGN float output_[kFewColumns * kLanes];
  HWY_ALIGN float targets_[kFewColumns * kLanes];
  HWY_ALIGN float delta_[kFewColumns * kLanes];
};

/// Calls loss(rows) for all rows of the tile in the layout that suits it.
template <typename Loss>
HWY_INLINE void for_rows(const LossTile& tile, const Loss& loss) {
  if (tile.transposed || tile.cols <= kFewColumns) {
    for (size_t r = 0; r < tile.rows; r += RowsInLanes::most_rows()) {
      RowsInLanes rows(tile, r);
      loss(rows);
    }
  } else {
    for (size_t r = 0; r < tile.rows; ++r) {
      ColumnsInLanes rows(tile, r);
      loss(rows);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
