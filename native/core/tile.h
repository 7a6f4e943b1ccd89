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
struct TileGrid {
  size_t rows = 0, cols = 0;
  size_t tile_rows = 1, tile_cols = 1;
  bool by_columns = false;

  size_t across() const { return (cols + tile_cols - 1) / tile_cols; }
  size_t down() const { return (rows + tile_rows - 1) / tile_rows; }
  size_t count() const { return down() * across(); }
  Tile at(size_t i) const {
    const size_t row = (by_columns ? i % down() : i / across()) * tile_rows;
    const size_t col = (by_columns ? i / down() : i % across()) * tile_cols;
    return {row, std::min(tile_rows, rows - row), col, std::min(tile_cols, cols - col)};
  }
  /// The same cut of a matrix with fewer rows.
  TileGrid with_rows(size_t fewer) const { return {fewer, cols, tile_rows, tile_cols, by_columns}; }
};

}  // namespace chainrule
