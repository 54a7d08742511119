#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>
#include "arithmetic.h"
#include "matrices.h"
#include "vectors.h"

namespace {

/** e^x for x <= 0, to about the last digit, and 0 below -87. NaN stays what it is. */
inline Vector exponential(Vector x) {
  typedef int32_t Integers __attribute__((vector_size(lanes * 4)));
  // Added and taken away it rounds to a whole number, which is in the last digits meanwhile.
  const float rounding = 12582912.f;
  const Vector shifted = x * 1.44269504f + rounding, whole = shifted - rounding;
  // ln(2) in two parts, the first of few digits.
  const Vector rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  Vector series = rest * 1.98756915e-4f + 1.39819995e-3f;
  series = series * rest + 8.33345191e-3f;
  series = series * rest + 4.16657959e-2f;
  series = series * rest + 1.66666655e-1f;
  series = series * rest + 5.00000012e-1f;
  series = series * rest * rest + rest + 1.f;
  const Integers power = (reinterpret_cast<const Integers&>(shifted) << 23) + (127 << 23);
  const Vector result = series * reinterpret_cast<const Vector&>(power);
  return x < -87.f ? Vector{} : result;
}

/** The largest number, where none is NaN. */
float largest(int count, const float* z) {
  float top = z[0];
  int i = 0;
  if (count >= lanes) {
    Vector tops = load(z);
    for (i = lanes; i + lanes <= count; i += lanes) {
      const Vector next = load(z + i);
      tops = next > tops ? next : tops;
    }
    for (int lane = 0; lane < lanes; lane++) top = tops[lane] > top ? tops[lane] : top;
  }
  for (; i < count; i++) top = z[i] > top ? z[i] : top;
  return top;
}

/** Replaces numbers by e^(number - top), where none is above the top. @returns their sum */
double exponentials(int count, float top, float* z) {
  double total = 0;
  for (int start = 0; start < count; start += 64 * lanes) {
    const int end = std::min(count, start + 64 * lanes);
    Vector sums{};
    int i = start;
    for (; i + lanes <= end; i += lanes) {
      const Vector e = exponential(load(z + i) - top);
      store(z + i, e);
      sums += e;
    }
    if (i < end) {
      float few[lanes];
      std::fill(std::copy(z + i, z + end, few), few + lanes, -std::numeric_limits<float>::infinity());
      const Vector e = exponential(load(few) - top);
      store(few, e);
      std::copy_n(few, end - i, z + i);
      sums += e;
    }
    for (int lane = 0; lane < lanes; lane++) total += sums[lane];
  }
  return total;
}

void crossEntropy(const CrossEntropy& e, float* terms, float* slopes, float* ofBias) {
  const int classes = e.classes, centers = e.centers, columns = classes * centers;
  auto rowOf = [=](int row) {
    const float* __restrict own = e.cells + static_cast<int64_t>(row) * columns;
    float* __restrict to = slopes + static_cast<int64_t>(row) * columns;
    std::vector<float> logits(centers > 1 ? classes : 0);
    std::vector<int> places(logits.size());
    float* __restrict z = centers > 1 ? logits.data() : to;
    for (int c = 0; centers > 1 && c < classes; c++) {
      int best = c * centers;
      for (int i = best + 1; i < (c + 1) * centers; i++) best = own[i] > own[best] ? i : best;
      z[c] = own[best], places[c] = best;
    }
    if (centers == 1) std::copy_n(own, columns, z);
    for (int c = 0; e.bias && c < classes; c++) z[c] += e.bias[c];
    const int target = e.targets[row];
    if (e.right) z[target] = e.right[row];
    const float top = largest(classes, z);
    const double logit = static_cast<double>(z[target]) - top;
    const double total = exponentials(classes, top, z);
    terms[row] = static_cast<float>(std::log(total) - logit);
    const float share = static_cast<float>(e.weight / total);
    for (int c = 0; c < classes; c++) z[c] *= share;
    z[target] = (z[target] - e.weight) * (e.slope ? e.slope[row] : 1);
    if (centers == 1) return;
    std::fill_n(to, columns, 0.f);
    for (int c = 0; c < classes; c++) to[places[c]] = z[c];
  };
  if (!e.bias) return eachRowOf(e.rows, columns, rowOf);
  const auto total = sums(e.rows, classes, 1, [&](int row, float* __restrict sum) {
    rowOf(row);
    const float* __restrict from = slopes + static_cast<int64_t>(row) * columns;
    for (int c = 0; c < classes; c++) sum[c] += from[c];
  });
  std::copy(total.begin(), total.begin() + classes, ofBias);
}

}  // namespace
