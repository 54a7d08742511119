#pragma once
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
 * Adds up some terms for each channel over all rows, each part of the rows for itself and in a fixed order. Some rows
 * at a time are added in single precision, their sums in double.
 *
 * @param add adds the terms of one row to [terms, channels]: add(row, sums)
 */
template <typename Add>
std::vector<double> sums(int rows, int channels, int terms, Add add) {
  const int length = terms * channels;
  // To wake the others takes longer than to add up few numbers.
  const bool few = static_cast<int64_t>(rows) * channels <= 1 << 15;
  const int parts = few ? 1 : std::max(1, std::min(threads(), rows / 16));
  std::vector<double> all(static_cast<size_t>(length) * parts);
  auto part = [&](int index, int from, int to) {
    double* total = all.data() + static_cast<size_t>(length) * index;
    std::vector<float> few(length);
    for (int first = from; first < to; first += 64) {
      std::fill(few.begin(), few.end(), 0.f);
      for (int row = first; row < std::min(to, first + 64); row++) add(row, few.data());
      for (int i = 0; i < length; i++) total[i] += few[i];
    }
  };
  split(rows, parts, part);
  for (int index = 1; index < parts; index++)
    for (int i = 0; i < length; i++) all[i] += all[static_cast<size_t>(length) * index + i];
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

/** Calls with(activate), where activate(z, channel) is the activation: a loop for each kind. NaN passes through all. */
template <typename With>
void activating(const Activation& activation, With with) {
  if (const float* __restrict slopes = activation.slopes) {
    with([=](float z, int c) {
      const float product = z * slopes[c];
      return z > 0 ? z : product;
    });
  } else if (activation.relu) {
    with([](float z, int) { return z < 0 ? 0.f : z; });
  } else {
    with([](float z, int) { return z; });
  }
}

/** Calls with(gradient), where gradient(dy, z, channel) is the one before the activation. */
template <typename With>
void deriving(const Activation& activation, With with) {
  if (const float* __restrict slopes = activation.slopes) {
    with([=](float dy, float z, int c) {
      const float product = dy * slopes[c];
      return z > 0 ? dy : product;
    });
  } else if (activation.relu) {
    with([](float dy, float z, int) { return z > 0 ? dy : 0.f; });
  } else {
    with([](float dy, float, int) { return dy; });
  }
}

/** Normalising as x factor + shift. */
struct Norm {
  std::vector<float> factors, shifts;
  Norm(int channels, const float* mean, const float* variance, const float* scale, const float* offset, float epsilon)
      : factors(channels), shifts(channels) {
    for (int c = 0; c < channels; c++) {
      factors[c] = scale[c] / std::sqrt(variance[c] + epsilon);
      shifts[c] = offset[c] - mean[c] * factors[c];
    }
  }
};

void apply(int rows, int channels, const float* x, const Norm& norm, const Activation& activation, float* y) {
  activating(activation, [&](auto activate) {
    eachRow(rows, [=, factor = norm.factors.data(), shift = norm.shifts.data()](int row) {
      const float* __restrict from = x + static_cast<int64_t>(row) * channels;
      float* __restrict to = y + static_cast<int64_t>(row) * channels;
      for (int c = 0; c < channels; c++) to[c] = activate(from[c] * factor[c] + shift[c], c);
    });
  });
}

void normalize(int rows, int channels, const float* x, const float* mean, const float* variance, const float* scale,
               const float* offset, float epsilon, float* y) {
  apply(rows, channels, x, Norm(channels, mean, variance, scale, offset, epsilon), {}, y);
}

void batchNorm(int rows, int channels, const float* x, const float* scale, const float* offset,
               const Activation& activation, float epsilon, float* y, float* mean, float* variance) {
  // Differences to the first row lose no digits where the mean is large.
  const auto total = sums(rows, channels, 2, [=](int row, float* __restrict sum) {
    const float* __restrict values = x + static_cast<int64_t>(row) * channels;
    for (int c = 0; c < channels; c++) {
      const float difference = values[c] - x[c];
      sum[c] += difference;
      sum[channels + c] += difference * difference;
    }
  });
  for (int c = 0; c < channels; c++) {
    const double difference = total[c] / rows;
    mean[c] = static_cast<float>(x[c] + difference);
    variance[c] = static_cast<float>(std::max(0.0, total[channels + c] / rows - difference * difference));
  }
  apply(rows, channels, x, Norm(channels, mean, variance, scale, offset, epsilon), activation, y);
}

void batchNormGradient(int rows, int channels, const float* dy, const float* x, const float* scale,
                       const float* offset, const float* mean, const float* variance, const Activation& activation,
                       float epsilon, float* dx, float* dScale, float* dOffset, float* dSlopes) {
  const Norm norm(channels, mean, variance, scale, offset, epsilon);
  const float *factor = norm.factors.data(), *shift = norm.shifts.data();
  const bool hasSlopes = activation.slopes != nullptr;
  deriving(activation, [&](auto gradient) {
    const auto total = sums(rows, channels, hasSlopes ? 3 : 2, [=](int row, float* __restrict sum) {
      const float* __restrict slopes = dy + static_cast<int64_t>(row) * channels;
      const float* __restrict values = x + static_cast<int64_t>(row) * channels;
      for (int c = 0; c < channels; c++) {
        const float slope = gradient(slopes[c], values[c] * factor[c] + shift[c], c);
        sum[c] += slope;
        sum[channels + c] += slope * (values[c] - mean[c]);
      }
      if (!hasSlopes) return;
      for (int c = 0; c < channels; c++) {
        const float z = values[c] * factor[c] + shift[c], term = slopes[c] * z;
        sum[2 * channels + c] += z > 0 ? 0.f : term;
      }
    });
    // dx = factor (dz - mean(dz) - (x - mean) mean(dz (x - mean)) / (variance + epsilon)), z before the activation
    std::vector<float> products(channels), constants(channels);
    for (int c = 0; c < channels; c++) {
      const double spread = static_cast<double>(variance[c]) + epsilon, inverse = 1 / std::sqrt(spread);
      dOffset[c] = static_cast<float>(total[c]);
      dScale[c] = static_cast<float>(total[channels + c] * inverse);
      if (hasSlopes) dSlopes[c] = static_cast<float>(total[2 * channels + c]);
      const double slope = -scale[c] * inverse * total[channels + c] / rows / spread;
      products[c] = static_cast<float>(slope);
      constants[c] = static_cast<float>(-scale[c] * inverse * total[c] / rows - slope * mean[c]);
    }
    eachRow(rows, [=, product = products.data(), constant = constants.data()](int row) {
      const int64_t start = static_cast<int64_t>(row) * channels;
      const float *__restrict slopes = dy + start, *__restrict values = x + start;
      float* __restrict to = dx + start;
      for (int c = 0; c < channels; c++) {
        const float slope = gradient(slopes[c], values[c] * factor[c] + shift[c], c);
        to[c] = slope * factor[c] + (values[c] * product[c] + constant[c]);
      }
    });
  });
}

void prelu(int rows, int channels, const float* x, const float* slopes, float* y) {
  activating({slopes, false}, [=](auto activate) {
    eachRow(rows, [=](int row) {
      const float* __restrict from = x + static_cast<int64_t>(row) * channels;
      float* __restrict to = y + static_cast<int64_t>(row) * channels;
      for (int c = 0; c < channels; c++) to[c] = activate(from[c], c);
    });
  });
}

void preluGradient(int rows, int channels, const float* dy, const float* x, const float* slopes, float* dx,
                   float* dSlopes) {
  const auto total = sums(rows, channels, 1, [=](int row, float* __restrict sum) {
    const int64_t start = static_cast<int64_t>(row) * channels;
    const float *__restrict gradient = dy + start, *__restrict values = x + start, *__restrict slope = slopes;
    float* __restrict to = dx + start;
    for (int c = 0; c < channels; c++) {
      const float product = gradient[c] * slope[c], term = gradient[c] * values[c];
      to[c] = values[c] > 0 ? gradient[c] : product;
      sum[c] += values[c] > 0 ? 0.f : term;
    }
  });
  for (int c = 0; c < channels; c++) dSlopes[c] = static_cast<float>(total[c]);
}

void reluGradient(int rows, int channels, const float* dy, const float* y, float* dx, float* dOffset) {
  const auto total = sums(rows, channels, 1, [=](int row, float* __restrict sum) {
    const int64_t start = static_cast<int64_t>(row) * channels;
    const float *__restrict gradient = dy + start, *__restrict values = y + start;
    float* __restrict to = dx + start;
    for (int c = 0; c < channels; c++) {
      const float slope = values[c] > 0 ? gradient[c] : 0.f;
      to[c] = slope;
      sum[c] += slope;
    }
  });
  for (int c = 0; c < channels; c++) dOffset[c] = static_cast<float>(total[c]);
}

}  // namespace
