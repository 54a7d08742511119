#pragma once
#include <cstdint>
#include <vector>
#include "channels.h"

namespace {

/** The sums of each part: the first one's are the result itself. */
std::vector<float*> partsOf(int parts, int64_t size, float* result, float* memory) {
  std::vector<float*> all(parts, result);
  for (int part = 1; part < parts; part++) all[part] = memory + (part - 1) * size;
  return all;
}

/**
 * Adds the other parts [depth, channels] to the first, dw. Where the filter was multiplied by a scale, that is the
 * gradient of the product, and becomes the filter's own and the scale's.
 */
void finishFilter(int depth, int channels, const std::vector<float*>& parts, const float* w, const float* scale,
                  float* dw, float* dScale) {
  const int pieces = threads();
  std::vector<double> slopes(scale ? static_cast<size_t>(pieces) * channels : 0);
  auto add = [&](int piece, int from, int to) {
    for (int k = from; k < to; k++) {
      float* __restrict sum = dw + static_cast<int64_t>(k) * channels;
      for (size_t part = 1; part < parts.size(); part++) {
        const float* __restrict other = parts[part] + static_cast<int64_t>(k) * channels;
        for (int i = 0; i < channels; i++) sum[i] += other[i];
      }
      if (scale == nullptr) continue;
      const float* __restrict weights = w + static_cast<int64_t>(k) * channels;
      double* __restrict slope = slopes.data() + static_cast<size_t>(piece) * channels;
      for (int i = 0; i < channels; i++) {
        slope[i] += sum[i] * weights[i];
        sum[i] *= scale[i];
      }
    }
  };
  split(depth, pieces, add);
  if (scale == nullptr) return;
  for (int i = 0; i < channels; i++) {
    double total = 0;
    for (int piece = 0; piece < pieces; piece++) total += slopes[static_cast<size_t>(piece) * channels + i];
    dScale[i] = static_cast<float>(total);
  }
}

}  // namespace
