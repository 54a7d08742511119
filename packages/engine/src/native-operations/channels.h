#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>
#include "arithmetic.h"

namespace {

/** Calls rowsOf(part, from, to) for equal parts of the rows. */
template <typename Rows>
void split(int rows, int parts, Rows& rowsOf) {
  auto task = [&](int part) {
    rowsOf(part, static_cast<int>(static_cast<int64_t>(rows) * part / parts),
           static_cast<int>(static_cast<int64_t>(rows) * (part + 1) / parts));
  };
  parallel(parts, task);
}

/**
 * Adds up two terms for each channel over all rows, each part of the rows for itself and in a fixed order. Some rows
 * at a time are added in single precision, their sums in double.
 *
 * @param add adds the terms of one row: add(row, first, second)
 */
template <typename Add>
std::vector<double> sums(int rows, int channels, Add add) {
  const int parts = std::max(1, std::min(threads(), rows / 16));
  std::vector<double> all(2 * static_cast<size_t>(channels) * parts);
  auto part = [&](int index, int from, int to) {
    double* total = all.data() + 2 * static_cast<size_t>(channels) * index;
    std::vector<float> few(2 * static_cast<size_t>(channels));
    for (int first = from; first < to; first += 64) {
      std::fill(few.begin(), few.end(), 0.f);
      for (int row = first; row < std::min(to, first + 64); row++) add(row, few.data(), few.data() + channels);
      for (int i = 0; i < 2 * channels; i++) total[i] += few[i];
    }
  };
  split(rows, parts, part);
  for (int index = 1; index < parts; index++)
    for (int i = 0; i < 2 * channels; i++) all[i] += all[2 * static_cast<size_t>(channels) * index + i];
  return all;
}

/** Calls change(row) for every row. */
template <typename Change>
void eachRow(int rows, Change change) {
  auto part = [&](int, int from, int to) {
    for (int row = from; row < to; row++) change(row);
  };
  split(rows, std::min(rows, 4 * threads()), part);
}

void batchNorm(int rows, int channels, const float* x, const float* scale, const float* offset, float epsilon,
               float* y, float* mean, float* variance) {
  // Differences to the first row lose no digits where the mean is large.
  const auto total = sums(rows, channels, [=](int row, float* __restrict first, float* __restrict second) {
    const float* __restrict values = x + static_cast<int64_t>(row) * channels;
    for (int c = 0; c < channels; c++) {
      const float difference = values[c] - x[c];
      first[c] += difference;
      second[c] += difference * difference;
    }
  });
  std::vector<float> factor(channels), shift(channels);
  for (int c = 0; c < channels; c++) {
    const double difference = total[c] / rows;
    mean[c] = static_cast<float>(x[c] + difference);
    variance[c] = static_cast<float>(std::max(0.0, total[channels + c] / rows - difference * difference));
    factor[c] = scale[c] / std::sqrt(variance[c] + epsilon);
    shift[c] = offset[c] - mean[c] * factor[c];
  }
  eachRow(rows, [=, factor = factor.data(), shift = shift.data()](int row) {
    const float* __restrict from = x + static_cast<int64_t>(row) * channels;
    float* __restrict to = y + static_cast<int64_t>(row) * channels;
    for (int c = 0; c < channels; c++) to[c] = from[c] * factor[c] + shift[c];
  });
}

void batchNormGradient(int rows, int channels, const float* dy, const float* x, const float* scale, const float* mean,
                       const float* variance, float epsilon, float* dx, float* dScale, float* dOffset) {
  const auto total = sums(rows, channels, [=](int row, float* __restrict first, float* __restrict second) {
    const float* __restrict slopes = dy + static_cast<int64_t>(row) * channels;
    const float* __restrict values = x + static_cast<int64_t>(row) * channels;
    for (int c = 0; c < channels; c++) {
      first[c] += slopes[c];
      second[c] += slopes[c] * (values[c] - mean[c]);
    }
  });
  // dx = factor (dy - mean(dy) - (x - mean) mean(dy (x - mean)) / (variance + epsilon))
  std::vector<float> factor(channels), product(channels), shift(channels);
  for (int c = 0; c < channels; c++) {
    const double spread = static_cast<double>(variance[c]) + epsilon, inverse = 1 / std::sqrt(spread);
    dOffset[c] = static_cast<float>(total[c]);
    dScale[c] = static_cast<float>(total[channels + c] * inverse);
    factor[c] = static_cast<float>(scale[c] * inverse);
    const double slope = -scale[c] * inverse * total[channels + c] / rows / spread;
    product[c] = static_cast<float>(slope);
    shift[c] = static_cast<float>(-scale[c] * inverse * total[c] / rows - slope * mean[c]);
  }
  eachRow(rows, [=, factor = factor.data(), product = product.data(), shift = shift.data()](int row) {
    const int64_t start = static_cast<int64_t>(row) * channels;
    const float *__restrict slopes = dy + start, *__restrict values = x + start;
    float* __restrict to = dx + start;
    for (int c = 0; c < channels; c++) to[c] = slopes[c] * factor[c] + (values[c] * product[c] + shift[c]);
  });
}

void prelu(int rows, int channels, const float* x, const float* slopes, float* y) {
  eachRow(rows, [=](int row) {
    const float* __restrict from = x + static_cast<int64_t>(row) * channels;
    const float* __restrict slope = slopes;
    float* __restrict to = y + static_cast<int64_t>(row) * channels;
    for (int c = 0; c < channels; c++) {
      const float product = from[c] * slope[c];
      to[c] = from[c] > 0 ? from[c] : product;
    }
  });
}

void preluGradient(int rows, int channels, const float* dy, const float* x, const float* slopes, float* dx,
                   float* dSlopes) {
  const auto total = sums(rows, channels, [=](int row, float* __restrict first, float*) {
    const int64_t start = static_cast<int64_t>(row) * channels;
    const float *__restrict gradient = dy + start, *__restrict values = x + start, *__restrict slope = slopes;
    float* __restrict to = dx + start;
    for (int c = 0; c < channels; c++) {
      const float product = gradient[c] * slope[c], term = gradient[c] * values[c];
      to[c] = values[c] > 0 ? gradient[c] : product;
      first[c] += values[c] > 0 ? 0.f : term;
    }
  });
  for (int c = 0; c < channels; c++) dSlopes[c] = static_cast<float>(total[c]);
}

}  // namespace
