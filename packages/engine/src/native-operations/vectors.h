#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include "arithmetic.h"

namespace {

typedef float Vector __attribute__((vector_size(lanes * 4)));
typedef float Unaligned __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

inline Vector load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Unaligned*>(p) = v; }

std::unique_ptr<float, decltype(&std::free)> floats(size_t count) {
  return {static_cast<float*>(std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64)), &std::free};
}

/** Brings numbers that will be needed soon from memory into the caches. */
inline void fetch(const float* numbers, int count) {
  for (int i = 0; i < count; i += 16) __builtin_prefetch(numbers + i);
}

/** The end of the sum for one place and vector of channels. @param place where the place's channels begin */
inline Vector finish(Vector sum, const Ending& ending, int64_t place, int channel) {
  if (ending.addend) sum += load(ending.addend + place + channel);
  // NaN passes through both.
  if (ending.activation.slopes) return sum > 0 ? sum : sum * load(ending.activation.slopes + channel);
  return ending.activation.relu ? (sum < 0 ? Vector{} : sum) : sum;
}

}  // namespace
