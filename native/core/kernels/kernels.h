#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernels/tile.h"
#include "kernels/wanted.h"
#include "model/layout.h"
#include "model/spec.h"

namespace chainrule {

/// The SIMD kernels of one instruction set. Each is written once (the -inl.h files) and compiled
/// for every set. A table is chosen at load and passed down, so a step dispatches nothing.
///
/// Matrices are row-major tiles (rows, cols) whose rows are `stride` floats apart. A kernel may
/// work in place if an output has the shape of an input. A NaN in is a NaN out.

/// a = g(z). Epilogue of the forward tile. z and a share the stride.
using Activate = void (*)(size_t rows, size_t cols, size_t stride, const float* z, float* a,
                          float slope);
/// delta = delta (.) g'(z), computed from a = g(z), or from z if ActivationInfo::needs_z. Epilogue
/// of the dX tile.
using MultiplyDerivative = void (*)(size_t rows, size_t cols, size_t stride, float* delta,
                                    const float* from, float slope);

/// Rows of `from`, in any order.
struct RowGather {
  size_t rows;
  size_t cols;
  const float* from;      // (any, cols), contiguous
  const uint32_t* order;  // (rows): which rows; null: the first ones
  float* to;
  size_t stride;                        // of `to`
  std::span<const uint32_t> next = {};  // rows to prefetch
};

/// What a product does to C before storing it. Only what takes an instruction or two per vector; a
/// separate pass would take several times as long. Both kinds are for Activation::kRelu.
enum class Epilogue { kNone, kActivate, kMultiplyDerivative };

/// C (rows, width) = A (rows, depth) B (depth, width).
struct PanelProduct {
  size_t rows;
  size_t depth;
  // Of a panel: any for OpenBLAS; for our own kernels one or two vectors. A thin panel is narrower,
  // but whole vectors are still read and written. With 3 columns and 16 lanes, the first row of C
  // writes 13 unused floats after its own 3; the second row, 3 floats on, overwrites the first of
  // them, and so on. C needs room for what the last row writes past the end, and cannot be
  // accumulated into.
  size_t width;
  const float* a;
  size_t a_row;    // floats from one row of A to the next
  size_t a_depth;  // floats from one column of A to the next
  const float* b;
  size_t b_stride;
  float* c;
  size_t c_stride;
  bool accumulate;            // C += A B; otherwise C is overwritten without being read
  bool b_transposed = false;  // B is (width, depth); for OpenBLAS alone
  Epilogue epilogue = Epilogue::kNone;
  const float* activations = nullptr;  // kMultiplyDerivative: laid out like C
  // If A's rows are in strips (StripPlan), floats from one to the next; then a_row is 1, and
  // a_depth a strip's rows. For our own kernels.
  size_t a_strip = 0;
  Wanted wanted = {};
};

/// The most columns of dW that are faster as dot products than as a panel with empty lanes: 784-1
/// B64 by a quarter, 4-16-3 by a tenth. With 4 columns the panel is faster.
inline constexpr size_t kMostDotColumns = 3;

/// C (rows, cols) = A B^T for A (rows, depth) and B (cols, depth), cols <= kMostDotColumns. C is
/// contiguous; the rows of A and B are a_stride and b_stride floats apart.
struct DotProducts {
  size_t rows, cols, depth;
  const float* a;
  size_t a_stride;
  const float* b;
  size_t b_stride;
  float* c;
};

/// What a loss kernel reads and writes for `rows` samples of `cols` outputs.
struct LossTile {
  size_t rows;
  size_t cols;
  // If set, output, targets and delta are (cols, rows) with columns `stride` floats apart, and all
  // arrays have room for rows rounded up to whole vectors.
  bool transposed = false;
  size_t stride;           // of output and delta; targets are contiguous
  const float* output;     // (rows, cols): logits for bce and crossEntropy, otherwise activations
  const float* targets;    // (rows, cols), or null if there are labels
  const int32_t* labels;   // (rows): class indices
  const float* row_scale;  // (rows): weight of the sample over the sum of the batch's weights
  float* delta;            // (rows, cols): row_scale * dL/doutput
  double* row_loss;        // (rows): L of each sample, unscaled
  // Of a loss that has any, above 0: one, or (cols).
  const float* parameters = nullptr;
};
using LossKernel = void (*)(const LossTile& tile);

/// A tile of weights with its gradient and moments: `size` contiguous values each.
struct UpdateTile {
  size_t size;
  float* weight;
  float* moments[kMostMoments];  // in the order of OptimizerSpec::moments(); the rest null
  const float* d_weight;
  float gradient_scale;  // 1, or less if the global norm is clipped
};
using UpdateKernel = void (*)(const UpdateTile& tile, const Coefficients& coefficients);

/// Which activations of a layer a training step drops: those of row r and unit u for which the
/// first word of threefry2x32(key, (r * units + u, step)) is below the threshold.
struct DropoutMask {
  uint32_t key[2];
  uint32_t step;
  uint32_t by_row;     // increment of the counter from row to row: units, or 1 in a transpose
  uint32_t by_col;     // from column to column: 1, or units in a transpose
  uint32_t threshold;  // rate * 2^32
  float scale;         // 1 / (1 - rate), for the activations that stay
};

/// What computes matrix products: the kernels of gemm-inl.h, or OpenBLAS.
enum class Gemm { kOwn, kOpenBlas };

struct Kernels {
  const char* name;  // Highway's name of the instruction set
  bool has_vectors;
  size_t float_lanes;  // floats in a vector
  Gemm gemm;
  size_t most_strip_rows;  // that our own `multiply` computes at a time
  PanelShape panels;       // of the weights that `multiply` takes

  /// to (rows, cols + 1) = the rows, each followed by a 1: the constant that a bias multiplies.
  void (*gather)(const RowGather& rows);
  /// to (cols, stride) = the transpose of the rows, followed by zeros up to a multiple of a vector.
  /// The stride is a multiple of a vector.
  void (*gather_transposed)(const RowGather& rows);
  /// Words 2 b and 2 b + 1 for the blocks b = first_block, ..., each threefry2x32(key, (b,
  /// position)).
  void (*random_words)(const uint32_t (&key)[2], uint32_t first_block, uint32_t position,
                       size_t blocks, uint32_t* words);

  void (*multiply)(const PanelProduct& product);
  void (*dot_products)(const DotProducts& product);
  /// to (cols, to_stride) = transpose of from (rows, cols), with zeros after the first `rows`
  /// columns; to_stride is a multiple of a vector.
  void (*transpose)(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
                    size_t to_stride);
  /// to (rows, cols) = from; between two rows, `to` keeps what it has.
  void (*copy)(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
               size_t to_stride);

  const Activate* activate;  // by Activation
  // By Activation; null for a row-wise one: see softmax_jacobian.
  const MultiplyDerivative* multiply_derivative;

  // By Loss. LossInfo says whether the output is logits or activations.
  const LossKernel* loss;
  /// delta = J^T delta row by row, J the Jacobian of softmax at a.
  void (*softmax_jacobian)(size_t rows, size_t cols, size_t stride, float* delta, const float* a);

  /// out = mask * in for the tile that begins at (row, col). Linear, so it is its own backward
  /// pass.
  void (*dropout)(const DropoutMask& mask, const Tile& tile, size_t stride, const float* in,
                  float* out);

  const UpdateKernel* update;  // by OptimizerKind

  /// y += factor * x: the gradient of an L2 penalty.
  void (*add_scaled)(size_t rows, size_t cols, float factor, const float* x, size_t x_stride,
                     float* y, size_t y_stride);
  /// y = diag(factors) x, for factors (rows).
  void (*scale_rows)(size_t rows, size_t cols, size_t stride, const float* factors, const float* x,
                     float* y);
  /// sums (rows) = the dot products of the rows of x and y.
  void (*row_dots)(size_t rows, size_t cols, size_t stride, const float* x, const float* y,
                   float* sums);
  double (*sum_of_squares)(size_t rows, size_t cols, size_t stride, const float* x);
  /// Roughly, in no order that is the same everywhere: for bounds only. Not finite if any value is
  /// not, or is beyond 1e19.
  float (*quick_squares)(size_t rows, size_t cols, size_t stride, const float* x);
  /// Index of the first NaN or infinity, or `size`.
  size_t (*first_non_finite)(const float* x, size_t size);

  Activate activation(Activation a) const { return activate[static_cast<size_t>(a)]; }
  UpdateKernel update_of(OptimizerKind kind) const { return update[static_cast<size_t>(kind)]; }
  LossKernel loss_of(Loss kind) const { return loss[static_cast<size_t>(kind)]; }
  MultiplyDerivative derivative(Activation a) const {
    return multiply_derivative[static_cast<size_t>(a)];
  }
};

/// The tables that this CPU can run, one for each instruction set, best first. None with products
/// by OpenBLAS if that is not there or may not run: see blas_may_run().
std::span<const Kernels* const> supported_kernels(Gemm gemm = Gemm::kOwn);

/// The table called `name` (e.g. "AVX2"), or the best one if `name` is null or empty. Without
/// `gemm`, products are by our own kernels if they have vectors: see
/// docs/decisions/0002-openblas.md. Throws Error(kBackend) if there is no such table.
const Kernels& kernels_named(const char* name, std::optional<Gemm> gemm = std::nullopt);

}  // namespace chainrule
