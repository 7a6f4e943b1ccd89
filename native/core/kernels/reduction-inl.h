// Sums over tiles, products of their rows, and the search for NaN and infinity. The shape fixes the
// order of summation.
#if defined(CHAINRULE_REDUCTION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef CHAINRULE_REDUCTION_INL_H
#undef CHAINRULE_REDUCTION_INL_H
#else
#define CHAINRULE_REDUCTION_INL_H
#endif

#include "vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace chainrule {
namespace HWY_NAMESPACE {

void add_scaled(size_t rows, size_t cols, float factor, const float* x, size_t x_stride, float* y,
                size_t y_stride) {
  const auto factors = hn::Set(FloatTag(), factor);
  for (size_t r = 0; r < rows; ++r) {
    const float* x_row = x + r * x_stride;
    float* y_row = y + r * y_stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(hn::MulAdd(factors, access.load(x_row + i), access.load(y_row + i)), y_row + i);
    });
  }
}

void scale_rows(size_t rows, size_t cols, size_t stride, const float* factors, const float* x,
                float* y) {
  for (size_t r = 0; r < rows; ++r) {
    const auto factor = hn::Set(FloatTag(), factors[r]);
    const float* x_row = x + r * stride;
    float* y_row = y + r * stride;
    for_each_vector(cols, [&](size_t i, const auto& access) {
      access.store(hn::Mul(factor, access.load(x_row + i)), y_row + i);
    });
  }
}

/// In float.
void row_dots(size_t rows, size_t cols, size_t stride, const float* x, const float* y,
              float* sums) {
  for (size_t r = 0; r < rows; ++r) {
    const float* x_row = x + r * stride;
    const float* y_row = y + r * stride;
    auto sum = hn::Zero(FloatTag());
    for_each_vector(cols, [&](size_t i, const auto& access) {
      sum = hn::MulAdd(access.load(x_row + i), access.load(y_row + i), sum);
    });
    sums[r] = sum_of_lanes(sum);
  }
}

/// Sums each row in float, and the rows in double.
double sum_of_squares(size_t rows, size_t cols, size_t stride, const float* x) {
  double total = 0;
  for (size_t r = 0; r < rows; ++r) {
    const float* row = x + r * stride;
    auto squares = hn::Zero(FloatTag());
    for_each_vector(cols, [&](size_t i, const auto& access) {
      const auto value = access.load(row + i);
      squares = hn::MulAdd(value, value, squares);
    });
    const float sum = sum_of_lanes(squares);
    if (sum - sum == 0) {
      total += static_cast<double>(sum);
    } else {
      // Squares beyond a float's range, or NaN: rare enough to sum one by one.
      for (size_t i = 0; i < cols; ++i) {
        total += static_cast<double>(row[i]) * static_cast<double>(row[i]);
      }
    }
  }
  return total;
}

/// In float, which overflows beyond values of 1e19: infinite or NaN then, as for a value that is.
float quick_squares(size_t rows, size_t cols, size_t stride, const float* x) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  const auto add = [](FloatVector v, FloatVector& sum) HWY_ATTR { sum = hn::MulAdd(v, v, sum); };
  for (size_t r = 0; r < rows; ++r) {
    const float* row = x + r * stride;
    size_t i = 0;
    for (; i + 4 * lanes <= cols; i += 4 * lanes) {
      add(hn::LoadU(d, row + i), sum0);
      add(hn::LoadU(d, row + i + lanes), sum1);
      add(hn::LoadU(d, row + i + 2 * lanes), sum2);
      add(hn::LoadU(d, row + i + 3 * lanes), sum3);
    }
    for (; i + lanes <= cols; i += lanes) add(hn::LoadU(d, row + i), sum0);
    if (i < cols) add(load_first(d, row + i, cols - i), sum1);
  }
  return sum_of_lanes(hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)));
}

size_t first_non_finite(const float* x, size_t size) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    if (!hn::AllTrue(d, hn::IsFinite(hn::LoadU(d, x + i)))) break;
  }
  for (; i < size; ++i) {
    // x - x is 0 for a finite x and NaN otherwise.
    if (!(x[i] - x[i] == 0)) return i;
  }
  return size;
}

}  // namespace HWY_NAMESPACE
}  // namespace chainrule
HWY_AFTER_NAMESPACE();

#endif
