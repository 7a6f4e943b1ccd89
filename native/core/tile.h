#pragma once

#include <algorithm>
#include <cstddef>

namespace chainrule {

/// A part of a matrix that one thread computes from end to end.
struct Tile {
  size_t row, rows;
  size_t col, cols;
};

/// A matrix cut into tiles, numbered row by row or column by column: what is numbered together is
/// computed by one thread.
class TileGrid {
 public:
  TileGrid() = default;
  TileGrid(size_t rows, size_t cols, size_t tile_rows, size_t tile_cols, bool by_columns = false)
      : rows_(rows),
        cols_(cols),
        tile_rows_(tile_rows),
        tile_cols_(tile_cols),
        down_((rows + tile_rows - 1) / tile_rows),
        across_((cols + tile_cols - 1) / tile_cols),
        by_columns_(by_columns) {}

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t tile_rows() const { return tile_rows_; }
  size_t tile_cols() const { return tile_cols_; }
  size_t count() const { return down_ * across_; }
  Tile at(size_t i) const {
    // Divisions take as long as the arithmetic of a tiny network's tile.
    size_t down = 0;
    size_t across = 0;
    if (by_columns_) {
      across = down_ == 1 ? i : i / down_;
      down = i - across * down_;
    } else {
      down = across_ == 1 ? i : i / across_;
      across = i - down * across_;
    }
    const size_t row = down * tile_rows_;
    const size_t col = across * tile_cols_;
    return {row, std::min(tile_rows_, rows_ - row), col, std::min(tile_cols_, cols_ - col)};
  }
  /// The same cut of a matrix with fewer rows.
  TileGrid with_rows(size_t fewer) const {
    return fewer == rows_ ? *this : TileGrid(fewer, cols_, tile_rows_, tile_cols_, by_columns_);
  }

 private:
  size_t rows_ = 0, cols_ = 0;
  size_t tile_rows_ = 1, tile_cols_ = 1;
  size_t down_ = 0, across_ = 0;
  bool by_columns_ = false;
};

}  // namespace chainrule
