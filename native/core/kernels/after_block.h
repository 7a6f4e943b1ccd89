#pragma once

#include <cstddef>

namespace chainrule {

/// What follows the product of each block of rows, in a few pieces. A unit for tiles leaves the
/// vector units idle, so it does the pieces of one block between the instructions of the next: a
/// processor overlaps only what lies within a few hundred instructions.
class AfterBlock {
 public:
  AfterBlock() = default;
  /// Calls work(block, piece), piece < pieces, in order. `work` must outlive it.
  template <typename Work>
  AfterBlock(size_t pieces, const Work& work)
      : pieces_(pieces), work_(&work), call_([](const void* of, size_t block, size_t piece) {
          (*static_cast<const Work*>(of))(block, piece);
        }) {}

  size_t pieces() const { return pieces_; }
  void operator()(size_t block, size_t piece) const { call_(work_, block, piece); }
  /// All pieces of a block.
  void finish(size_t block, size_t done = 0) const {
    for (; done < pieces_; ++done) call_(work_, block, done);
  }

 private:
  size_t pieces_ = 0;
  const void* work_ = nullptr;
  void (*call_)(const void*, size_t, size_t) = nullptr;
};

}  // namespace chainrule
