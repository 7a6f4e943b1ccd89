#pragma once

#include <cstddef>

namespace chainrule {

/// Work to do beside the product of each block of rows, in a few pieces: what the block before it
/// needs, say. A unit for tiles leaves the vector units idle, so it does the pieces between its own
/// instructions: a processor overlaps only what lies within a few hundred instructions.
class BesideBlock {
 public:
  BesideBlock() = default;
  /// Calls work(block, piece), piece < pieces, in order. `work` must outlive it.
  template <typename Work>
  BesideBlock(size_t pieces, const Work& work)
      : pieces_(pieces), work_(&work), call_([](const void* of, size_t block, size_t piece) {
          (*static_cast<const Work*>(of))(block, piece);
        }) {}
  /// A temporary would be gone.
  template <typename Work>
  BesideBlock(size_t pieces, const Work&& work) = delete;

  size_t pieces() const { return pieces_; }
  void operator()(size_t block, size_t piece) const { call_(work_, block, piece); }
  /// All pieces, before the block's product.
  void all(size_t block) const {
    for (size_t piece = 0; piece < pieces_; ++piece) call_(work_, block, piece);
  }

 private:
  size_t pieces_ = 0;
  const void* work_ = nullptr;
  void (*call_)(const void*, size_t, size_t) = nullptr;
};

}  // namespace chainrule
