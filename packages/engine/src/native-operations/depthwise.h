#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "filter-sums.h"
#include "vectors.h"

namespace {

/** A row (or column) of the input, and the row (or column) of the filter that it meets. */
struct Meeting {
  int place, tap;
};

/** What each row (or column) of the output meets; `backward`, what each one of the input meets in the output. */
std::vector<std::vector<Meeting>> meetings(int outs, int ins, int taps, int stride, int before, bool backward) {
  std::vector<std::vector<Meeting>> all(backward ? ins : outs);
  for (int out = 0; out < outs; out++) {
    for (int tap = 0; tap < taps; tap++) {
      const int in = out * stride + tap - before;
      if (in < 0 || in >= ins) continue;
      if (backward) all[in].push_back({out, tap});
      else all[out].push_back({in, tap});
    }
  }
  return all;
}

/** A pixel, and the weights that it is multiplied by. */
struct Factors {
  const float *pixel, *weights;
};

template <int vectors>
void addUp(const std::vector<Factors>& factors, int channel, const Ending& ending, int64_t place, float* out) {
  Vector sums[vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; v++) sums[v] = ending.offset ? load(ending.offset + channel + v * lanes) : Vector{};
  for (const auto& [pixel, weights] : factors) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
      sums[v] += load(pixel + channel + v * lanes) * load(weights + channel + v * lanes);
  }
#pragma GCC unroll 4
  for (int v = 0; v < vectors; v++) {
    const int at = channel + v * lanes;
    store(out + place + at, finish(sums[v], ending, place, at));
  }
}

/** The convolution of each channel for itself, or, `backward`, its gradient by the input. */
void depthwise(const Convolution& c, const float* in, const float* w, const float* scale, const Ending& ending,
               bool backward, float* out) {
  const auto rows = meetings(c.outRows, c.inRows, c.height, c.stride, c.top, backward);
  const auto columns = meetings(c.outColumns, c.inColumns, c.width, c.stride, c.left, backward);
  const int inRows = backward ? c.outRows : c.inRows, inColumns = backward ? c.outColumns : c.inColumns;
  const int channels = c.inChannels, height = static_cast<int>(rows.size()), width = static_cast<int>(columns.size());
  std::vector<float> scaled;
  if (scale) {
    scaled.assign(w, w + c.height * c.width * channels);
    for (size_t i = 0; i < scaled.size(); i++) scaled[i] *= scale[i % channels];
    w = scaled.data();
  }
  auto part = [&](int, int from, int to) {
    std::vector<Factors> factors;
    for (int i = from; i < to; i++) {
      const int64_t image = i / height;
      for (int k = 0; k < width; k++) {
        factors.clear();
        for (const Meeting& row : rows[i % height])
          for (const Meeting& column : columns[k])
            factors.push_back({in + ((image * inRows + row.place) * inColumns + column.place) * channels,
                               w + (row.tap * c.width + column.tap) * channels});
        const int64_t place = (static_cast<int64_t>(i) * width + k) * channels;
        int channel = 0;
        for (; channel + 4 * lanes <= channels; channel += 4 * lanes) addUp<4>(factors, channel, ending, place, out);
        for (; channel < channels; channel += lanes) addUp<1>(factors, channel, ending, place, out);
      }
    }
  };
  split(c.batch * height, std::min(c.batch * height, 4 * threads()), part);
}

/** Adds up products of x and dy for one vector of channels. */
inline Vector products(const float* x, int xStep, const float* dy, int dyStep, int length) {
  Vector even{}, odd{};
  int i = 0;
  for (; i + 1 < length; i += 2) {
    even += load(x + i * xStep) * load(dy + i * dyStep);
    odd += load(x + (i + 1) * xStep) * load(dy + (i + 1) * dyStep);
  }
  return i < length ? even + odd + load(x + i * xStep) * load(dy + i * dyStep) : even + odd;
}

void depthwiseFilterGradient(const Convolution& c, const float* x, const float* dy, const float* w, const float* scale,
                             float* dw, float* dScale) {
  const int taps = c.height * c.width, channels = c.inChannels, rows = c.batch * c.outRows;
  const int parts = std::min(threads(), rows);
  const int64_t size = static_cast<int64_t>(taps) * channels;
  const auto memory = floats((parts - 1) * size);
  const auto sumsOf = partsOf(parts, size, dw, memory.get());
  auto part = [&](int index, int from, int to) {
    float* const sums = sumsOf[index];
    std::fill_n(sums, size, 0.f);
    for (int i = from; i < to; i++) {
      const int64_t image = i / c.outRows;
      const float* slopes = dy + static_cast<int64_t>(i) * c.outColumns * channels;
      for (int tap = 0; tap < taps; tap++) {
        const int row = i % c.outRows * c.stride + tap / c.width - c.top, right = tap % c.width - c.left;
        if (row < 0 || row >= c.inRows) continue;
        const int begin = std::max(0, (c.stride - 1 - right) / c.stride);
        const int until = std::min(c.outColumns, (c.inColumns - 1 - right) / c.stride + 1);
        const float* from = x + ((image * c.inRows + row) * c.inColumns + begin * c.stride + right) * channels;
        for (int channel = 0; channel < channels; channel += lanes) {
          float* sum = sums + tap * channels + channel;
          store(sum, load(sum) + products(from + channel, c.stride * channels, slopes + begin * channels + channel,
                                          channels, until - begin));
        }
      }
    }
  };
  split(rows, parts, part);
  finishFilter(taps, channels, sumsOf, w, scale, dw, dScale);
}

}  // namespace
