#pragma once

#include <algorithm>
#include <cstddef>

namespace chainrule {

/// A part of a matrix, computed by one thread from start to finish.
struct Tile {
  size_t row, rows;
  size_t col, cols;
};

/// A matrix cut into tiles of equal height, one panel wide, numbered column by column unless it
/// says otherwise: tiles with consecutive numbers are adjacent and belong to one thread.
class TileGrid {
 public:
  TileGrid() = default;
  TileGrid(size_t rows, size_t cols, size_t most_rows, size_t tile_cols)
      : rows_(rows),
        cols_(cols),
        most_rows_(most_rows),
        tile_cols_(tile_cols),
        down_((rows + most_rows - 1) / most_rows),
        across_((cols + tile_cols - 1) / tile_cols),
        tile_rows_(down_ == 0 ? 0 : (rows + down_ - 1) / down_) {}

  /// A grid whose tiles have exactly `tile_rows` rows, but for the last ones.
  static TileGrid of_height(size_t rows, size_t cols, size_t tile_rows, size_t tile_cols) {
    TileGrid grid(rows, cols, tile_rows, tile_cols);
    grid.tile_rows_ = tile_rows;
    grid.has_height_ = true;
    return grid;
  }

  /// A grid of two bands of rows, the first of which has `band_rows`: tiles of one band are
  /// numbered before those of the other, and both have as many. The last tile of a panel in a band
  /// has the rows that the others leave.
  static TileGrid in_bands(size_t rows, size_t cols, size_t band_rows, size_t tile_rows,
                           size_t tile_cols) {
    TileGrid grid = of_height(rows, cols, tile_rows, tile_cols);
    grid.band_rows_ = band_rows;
    grid.bands_ = 2;
    grid.down_ = (std::min(band_rows, rows - band_rows) + tile_rows - 1) / tile_rows;
    return grid;
  }

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t tile_rows() const { return tile_rows_; }
  size_t count() const { return bands_ * down_ * across_; }
  Tile at(size_t i) const {
    const bool is_second = bands_ > 1 && i >= down_ * across_;
    const size_t first_row = is_second ? band_rows_ : 0;
    const size_t end_row = bands_ == 1 || is_second ? rows_ : band_rows_;
    const size_t number = is_second ? i - down_ * across_ : i;
    // A division takes as long as a whole tile of a tiny network.
    const size_t across = down_ == 1 ? number : number / down_;
    const size_t down = number - across * down_;
    const size_t row = first_row + down * tile_rows_;
    const size_t col = across * tile_cols_;
    return {row, down + 1 == down_ ? end_row - row : tile_rows_, col,
            std::min(tile_cols_, cols_ - col)};
  }
  /// Tiles of one panel, in one band.
  size_t down() const { return down_; }
  /// The same grid, of one band, over another number of rows.
  TileGrid with_rows(size_t rows) const {
    if (rows == rows_) return *this;
    return has_height_ ? of_height(rows, cols_, tile_rows_, tile_cols_)
                       : TileGrid(rows, cols_, most_rows_, tile_cols_);
  }

 private:
  size_t rows_ = 0, cols_ = 0;
  size_t most_rows_ = 1, tile_cols_ = 1;
  size_t down_ = 0, across_ = 0;
  size_t tile_rows_ = 0;
  bool has_height_ = false;
  size_t bands_ = 1;
  size_t band_rows_ = 0;  // of the first one of two
};

}  // namespace chainrule
