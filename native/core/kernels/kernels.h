#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/tile.h"
#include "model/spec.h"

namespace chainrule {

/// The SIMD kernels of one instruction set. Bodies are written once (the -inl.h files) and compiled
/// for each set; a table is chosen at load and passed down, so that nothing is dispatched inside a
/// step.
///
/// Matrices are row-major tiles of (rows, cols) whose rows lie `stride` floats apart. In place is
/// allowed wherever an output has the shape of an input. A NaN in z stays a NaN out.

/// a = g(z). Epilogue of the forward tile. One stride for all.
using Activate = void (*)(size_t rows, size_t cols, size_t stride, const float* z, float* a,
                          float slope);
/// delta = delta (.) g'(z), from a = g(z) or, where ActivationInfo::needs_z, from z. Epilogue of
/// the dX tile.
using MultiplyDerivative = void (*)(size_t rows, size_t cols, size_t stride, float* delta,
                                    const float* from, float slope);

/// Rows of `from`, in any order.
struct RowGather {
  size_t rows;
  size_t cols;
  const float* from;      // (any, cols), contiguous
  const uint32_t* order;  // (rows): which of them; null: the first
  float* to;
  size_t stride;                        // of `to`
  std::span<const uint32_t> next = {};  // rows that will be wanted soon: brought into cache
};

/// What a product does to C before it is stored: what takes an instruction or two a vector, for
/// which a pass of its own takes several times as long. Both are Activation::kRelu's.
enum class Epilogue { kNone, kActivate, kMultiplyDerivative };

/// C (rows, width) = A (rows, depth) B (depth, width).
struct PanelProduct {
  size_t rows;
  size_t depth;
  // Of a panel: one or two vectors. Of a thin one, of less, whole vectors are read and written all
  // the same: with 3 columns, 3 floats apart, and 16 lanes, the first row of C is written with 13
  // floats of nothing behind it, then the second row over the first of those, and so on; what the
  // last row spills has to have a place. C must not be accumulated onto then.
  size_t width;
  const float* a;
  size_t a_row;    // floats from a row of A to the next
  size_t a_depth;  // floats from a column of A to the next
  const float* b;
  size_t b_stride;
  float* c;
  size_t c_stride;
  bool accumulate;  // C += A B; otherwise C is overwritten without being read
  Epilogue epilogue = Epilogue::kNone;
  const float* activations = nullptr;  // kMultiplyDerivative: laid out as C
  // Arrays of `wanted_floats` each that will be wanted soon: brought into cache on the way.
  std::span<const float* const> wanted = {};
  size_t wanted_floats = 0;
};

/// So many columns of dW are faster as dot products than as a panel whose other lanes are empty:
/// 784-1 B64 by a quarter, 4-16-3 by a tenth. With 4 it is the other way round.
inline constexpr size_t kMostDotColumns = 3;

/// C (rows, cols), without gaps, = A B^T, where A (rows, depth) and B (cols, depth) have their rows
/// so many floats apart; cols are at most kMostDotColumns.
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
  // Where this is set, output, targets and delta are (cols, rows), their columns `stride` floats
  // apart, and all arrays have room for rows up to the next multiple of a vector.
  bool transposed = false;
  size_t stride;           // of output and delta; targets are contiguous
  const float* output;     // (rows, cols): logits for bce and crossEntropy, else activations
  const float* targets;    // (rows, cols), or null where there are labels
  const int32_t* labels;   // (rows): class indices
  const float* row_scale;  // (rows): weight of the sample over the sum of the batch's weights
  float* delta;            // (rows, cols): row_scale * dL/doutput
  double* row_loss;        // (rows): L of each sample, unscaled
  float huber_delta = 1;
};
using LossKernel = void (*)(const LossTile& tile);

/// v = decay * v + gain * g; p -= gradient_step * g + velocity_step * v:
/// momentum, Nesterov's momentum and the bias-corrected moving average are three settings of it.
struct MomentumCoefficients {
  float decay;
  float gain;
  float gradient_step;
  float velocity_step;
};

/// Adam with both bias corrections folded into two scalars, one square root and one division:
/// p = keep * p - step * m / (sqrt(s + epsilon_inside) + epsilon_outside).
struct AdamCoefficients {
  float beta1;
  float beta2;
  float rest1;  // 1 - beta1, rounded once: 1.0f - float(beta2) is off by 1e-5 of itself
  float rest2;
  float step;  // learning rate * sqrt(1 - beta2^t) / (1 - beta1^t)
  float epsilon_inside;
  float epsilon_outside;
  float keep;  // 1 - learning rate * weight decay
};

/// RMSprop: s = alpha s + (1 - alpha) g^2, and where it is centered m = alpha m + (1 - alpha) g and
/// v = s - m^2, else v = s; u = momentum u + g / (sqrt(v) + epsilon); p -= step u.
struct RmspropCoefficients {
  float alpha;
  float rest;  // 1 - alpha, rounded once
  float epsilon;
  float momentum;
  float step;  // the learning rate
  bool centered;
};

/// A tile of weights with its gradient and what the optimizer remembers of it: `size` values each,
/// which follow each other without a gap.
struct UpdateTile {
  size_t size;
  float* weight;
  float* moments[kMostMoments];  // in the order of OptimizerSpec::moments(); null beyond
  const float* d_weight;
  float gradient_scale;  // 1, or less where the global norm is clipped
};

/// Which activations of a layer a training step leaves out: that of row r and unit u where the
/// first word of threefry2x32(key, (r * units + u, step)) is below the threshold.
struct DropoutMask {
  uint32_t key[2];
  uint32_t step;
  uint32_t by_row;     // what the counter grows by from a row of the matrix to the next: the units,
  uint32_t by_col;     // and from a column to the next: 1; the other way round in a transpose
  uint32_t threshold;  // rate * 2^32
  float scale;         // 1 / (1 - rate), of those that stay
};

struct Kernels {
  const char* name;    // Highway's name of the instruction set
  size_t float_lanes;  // floats in a vector
  size_t panel_lanes;  // half the width of a panel
  bool uses_blas;      // for products

  /// to (rows, cols + 1) = the rows, and a 1 behind each: the constant that a bias is a weight on.
  void (*gather)(const RowGather& rows);
  /// to (cols, stride) = the transpose of the rows, and zeros beyond them up to a multiple of a
  /// vector, which the stride is.
  void (*gather_transposed)(const RowGather& rows);
  /// Words 2 b and 2 b + 1 for the blocks b = first_block, ..., each threefry2x32(key, (b,
  /// position)).
  void (*random_words)(const uint32_t (&key)[2], uint32_t first_block, uint32_t position,
                       size_t blocks, uint32_t* words);

  void (*multiply)(const PanelProduct& product);
  void (*dot_products)(const DotProducts& product);
  /// to (cols, to_stride) = transpose of from (rows, cols), and zeros beyond `rows`; to_stride is a
  /// multiple of a vector.
  void (*transpose)(size_t rows, size_t cols, const float* from, size_t from_stride, float* to,
                    size_t to_stride);

  Activate activate[kActivationCount];  // by Activation
  // By Activation; of one that works row by row null: see softmax_jacobian.
  MultiplyDerivative multiply_derivative[kActivationCount];

  // By Loss. The output is what LossInfo says: logits, or activations.
  LossKernel loss[kLossCount];
  /// delta = J^T delta row by row, J the Jacobian of softmax at a.
  void (*softmax_jacobian)(size_t rows, size_t cols, size_t stride, float* delta, const float* a);

  /// out = the mask of the tile that begins at (row, col) times in. Linear, and so its own backward
  /// pass.
  void (*dropout)(const DropoutMask& mask, const Tile& tile, size_t stride, const float* in,
                  float* out);

  void (*sgd)(const UpdateTile& tile, float step);
  void (*momentum)(const UpdateTile& tile, const MomentumCoefficients& coefficients);
  void (*adam)(const UpdateTile& tile, const AdamCoefficients& coefficients);
  void (*rmsprop)(const UpdateTile& tile, const RmspropCoefficients& coefficients);

  /// y += factor * x: the gradient of an L2 penalty.
  void (*add_scaled)(size_t rows, size_t cols, float factor, const float* x, size_t x_stride,
                     float* y, size_t y_stride);
  double (*sum_of_squares)(size_t rows, size_t cols, size_t stride, const float* x);
  /// Index of the first NaN or infinity, or `size`.
  size_t (*first_non_finite)(const float* x, size_t size);

  Activate activation(Activation a) const { return activate[static_cast<size_t>(a)]; }
  LossKernel loss_of(Loss kind) const { return loss[static_cast<size_t>(kind)]; }
  MultiplyDerivative derivative(Activation a) const {
    return multiply_derivative[static_cast<size_t>(a)];
  }
};

/// The tables that this CPU can run, best first.
std::span<const Kernels* const> supported_kernels();

/// The table called `name` (e.g. "AVX2"), or the best one where `name` is null or empty.
/// Throws Error(kBackend) that lists the names there are.
const Kernels& kernels_named(const char* name);

}  // namespace chainrule
