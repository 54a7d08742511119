#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>
#include "arithmetic.h"
#include "cross-entropy.h"
#include "matrices.h"
#include "vectors.h"

namespace {

void angular(const Angular& a, float* terms, float* slopes) {
  const int n = a.rows;
  // Of the terms: where those of each class begin.
  std::vector<int64_t> first(a.classes + 1);
  std::vector<bool> alone(n, true);
  for (int c = 0; c < a.classes; c++) {
    const int64_t count = a.starts[c + 1] - a.starts[c];
    first[c + 1] = first[c] + count * (count - 1);
    for (int i = a.starts[c]; i < a.starts[c + 1]; i++) alone[a.members[i]] = false;
  }
  for (int row = 0; row < n; row++)
    if (alone[row]) std::fill_n(slopes + static_cast<int64_t>(row) * n, n, 0.f);
  auto ofClass = [&](int c) {
    const int* const rows = a.members + a.starts[c];
    const int count = a.starts[c + 1] - a.starts[c];
    // e^(steepness (similarity - the row's largest)) at the negatives of a row, and 0 at its class.
    const auto memory = floats(static_cast<size_t>(count) * n);
    float* const rises = memory.get();
    std::vector<double> tops(count);
    for (int i = 0; i < count; i++) {
      const float* __restrict own = a.similarities + static_cast<int64_t>(rows[i]) * n;
      float* __restrict z = rises + static_cast<int64_t>(i) * n;
      for (int j = 0; j < n; j++) z[j] = a.steepness * own[j];
      for (int k = 0; k < count; k++) z[rows[k]] = -std::numeric_limits<float>::infinity();
      tops[i] = largest(n, z);
      exponentials(n, static_cast<float>(tops[i]), z);
    }
    std::vector<float> weights(static_cast<size_t>(count) * count);
    float* term = terms + first[c];
    for (int i = 0; i < count; i++) {
      for (int k = i + 1; k < count; k++) {
        const float *own = rises + static_cast<int64_t>(i) * n, *other = rises + static_cast<int64_t>(k) * n;
        const double total = sum(n, [=](int j) { return static_cast<double>(own[j]) * other[j]; });
        for (const auto [anchor, positive] : {std::pair(i, k), std::pair(k, i)}) {
          const double similarity = a.similarities[static_cast<int64_t>(rows[anchor]) * n + rows[positive]];
          const double logit = std::log(total) + tops[i] + tops[k] - a.pull * similarity;
          *term++ = static_cast<float>(logit > 0 ? logit + std::log1p(std::exp(-logit)) : std::log1p(std::exp(logit)));
          // Where both rows have all of their weight elsewhere, there is nothing to spread.
          const double slope = a.weight / (1 + std::exp(-logit));
          weights[i * count + k] += total > 0 ? static_cast<float>(slope * a.steepness / total) : 0.f;
        }
        weights[k * count + i] = weights[i * count + k];
      }
    }
    for (int i = 0; i < count; i++) {
      float* __restrict to = slopes + static_cast<int64_t>(rows[i]) * n;
      std::fill_n(to, n, 0.f);
      for (int k = 0; k < count; k++) {
        if (k == i) continue;
        const float weight = weights[i * count + k];
        const float* __restrict from = rises + static_cast<int64_t>(k) * n;
        for (int j = 0; j < n; j++) to[j] += weight * from[j];
      }
      const float* __restrict own = rises + static_cast<int64_t>(i) * n;
      for (int j = 0; j < n; j++) to[j] *= own[j];
    }
    // The terms once more: each pulls its own cell.
    term = terms + first[c];
    for (int i = 0; i < count; i++) {
      for (int k = i + 1; k < count; k++) {
        slopes[static_cast<int64_t>(rows[i]) * n + rows[k]] = static_cast<float>(a.weight * a.pull * std::expm1(-*term++));
        slopes[static_cast<int64_t>(rows[k]) * n + rows[i]] = static_cast<float>(a.weight * a.pull * std::expm1(-*term++));
      }
    }
  };
  if (static_cast<int64_t>(n) * n > 1 << 15) return parallel(a.classes, ofClass);
  for (int c = 0; c < a.classes; c++) ofClass(c);
}

}  // namespace
