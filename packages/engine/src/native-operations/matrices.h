#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>
#include "arithmetic.h"
#include "channels.h"

namespace {

/**
 * Height and width of the part of a matrix that is worked on at a time, and how far apart its rows lie: those of a power
 * of two share a set of the cache.
 */
constexpr int TILE = 128, STRIDE = TILE + 20;

/** Sum of term(i) for i below count, in double precision. */
template <typename Term>
double sum(int count, Term term) {
  constexpr int width = 8;
  double parts[width] = {};
  int i = 0;
  for (; i + width <= count; i += width)
    for (int k = 0; k < width; k++) parts[k] += term(i + k);
  double total = 0;
  for (; i < count; i++) total += term(i);
  for (double part : parts) total += part;
  return total;
}

/** Calls change(row) for every row, on this thread where there is little to do: to wake the others takes longer. */
template <typename Change>
void eachRowOf(int rows, int columns, Change change) {
  if (static_cast<int64_t>(rows) * columns > 1 << 17) return eachRow(rows, change);
  for (int row = 0; row < rows; row++) change(row);
}

/**
 * Writes a symmetric matrix [n, n], a tile and its mirror image at a time.
 *
 * @param x null, or another matrix of which cells are needed together with their mirror images
 * @param rowOf writes cells of a row on or above the diagonal, and, where tiles lie across it, some below it:
 *   rowOf(row, from, to, mirrored, cells), where mirrored[i] is x[from + i, row]
 */
template <typename RowOf>
void symmetric(int n, const float* x, float* y, RowOf rowOf) {
  const int side = (n + TILE - 1) / TILE;
  auto tile = [&](int index) {
    // Tiles of the upper triangle, row by row.
    int down = 0;
    while (index >= side - down) index -= side - down++;
    const int top = down * TILE, left = (down + index) * TILE;
    const int height = std::min(n, top + TILE) - top, width = std::min(n, left + TILE) - left;
    float mirrored[TILE][STRIDE], cells[TILE][STRIDE];
    for (int c = 0; x != nullptr && c < width; c++) {
      const float* from = x + static_cast<int64_t>(left + c) * n + top;
      for (int r = 0; r < height; r++) mirrored[r][c] = from[r];
    }
    for (int r = 0; r < height; r++) rowOf(top + r, left, left + width, mirrored[r], cells[r]);
    for (int r = 0; r < height; r++) {
      float* to = y + static_cast<int64_t>(top + r) * n + left;
      for (int c = top == left ? r : 0; c < width; c++) to[c] = cells[r][c];
    }
    for (int c = 0; c < width; c++) {
      float* to = y + static_cast<int64_t>(left + c) * n + top;
      const int end = top == left ? c : height;
      for (int r = 0; r < end; r++) to[r] = cells[r][c];
    }
  };
  parallel(side * (side + 1) / 2, tile);
}

void addTranspose(int n, const float* x, float* y) {
  symmetric(n, x, y, [=](int row, int from, int to, const float* __restrict mirrored, float* __restrict cells) {
    const float* __restrict own = x + static_cast<int64_t>(row) * n + from;
    for (int c = 0; c < to - from; c++) cells[c] = own[c] + mirrored[c];
  });
}

void laplacian(int n, const float* slopes, const float* distances, float* y) {
  symmetric(n, slopes, y, [=](int row, int from, int to, const float* __restrict mirrored, float* __restrict cells) {
    const int64_t start = static_cast<int64_t>(row) * n + from;
    const float* __restrict own = slopes + start;
    if (distances == nullptr) {
      for (int c = 0; c < to - from; c++) cells[c] = -2 * (own[c] + mirrored[c]);
      return;
    }
    const float* __restrict distance = distances + start;
    for (int c = 0; c < to - from; c++) {
      const float weight = (own[c] + mirrored[c]) / distance[c];
      cells[c] = distance[c] == 0 ? 0.f : -weight;
    }
  });
  eachRowOf(n, n, [=](int row) {
    float* cells = y + static_cast<int64_t>(row) * n;
    cells[row] = 0;
    cells[row] = static_cast<float>(0 - sum(n, [=](int c) -> double { return cells[c]; }));
  });
}

/** Rows as seen from the mean of other rows. */
void center(int rows, int others, int dimension, const float* x, const float* other, float* y) {
  std::vector<double> total(dimension);
  for (int row = 0; row < others; row++) {
    const float* __restrict values = other + static_cast<int64_t>(row) * dimension;
    double* __restrict sums = total.data();
    for (int k = 0; k < dimension; k++) sums[k] += values[k];
  }
  std::vector<float> mean(dimension);
  for (int k = 0; k < dimension; k++) mean[k] = static_cast<float>(total[k] / others);
  eachRowOf(rows, dimension, [=, origin = mean.data()](int row) {
    const float* __restrict from = x + static_cast<int64_t>(row) * dimension;
    float* __restrict to = y + static_cast<int64_t>(row) * dimension;
    for (int k = 0; k < dimension; k++) to[k] = from[k] - origin[k];
  });
}

std::vector<double> squaredLengths(int rows, int dimension, const float* x) {
  std::vector<double> lengths(rows);
  eachRowOf(rows, dimension, [=, to = lengths.data()](int row) {
    const float* values = x + static_cast<int64_t>(row) * dimension;
    to[row] = sum(dimension, [=](int k) { return static_cast<double>(values[k]) * values[k]; });
  });
  return lengths;
}

void distances(const Points& a, const Points& b, int dimension, const float* products, bool root, float* y) {
  const bool own = a.given == b.given;
  const auto aLengths = squaredLengths(a.count, dimension, a.centered);
  const auto bLengths = own ? aLengths : squaredLengths(b.count, dimension, b.centered);
  const int columns = b.count;
  auto rowOf = [&](int row, int from, int to, const float*, float* __restrict cells) {
    const float* __restrict product = products + static_cast<int64_t>(row) * columns + from;
    const double* __restrict lengths = bLengths.data() + from;
    const double length = aLengths[row];
    int close = 0;
    for (int c = 0; c < to - from; c++) {
      const double both = length + lengths[c], squared = both - 2.0 * product[c];
      cells[c] = static_cast<float>(squared);
      // Where little is left of both, the digits are gone. NaN goes there, too, and stays what it is.
      close += squared > both / 16 + 1e-30 ? 0 : 1;
    }
    for (int c = 0; close > 0 && c < to - from; c++) {
      const double both = length + lengths[c], squared = both - 2.0 * product[c];
      if (squared > both / 16 + 1e-30) continue;
      const float *p = a.given + static_cast<int64_t>(row) * dimension,
                  *q = b.given + static_cast<int64_t>(from + c) * dimension;
      cells[c] = static_cast<float>(sum(dimension, [=](int k) {
        const double difference = static_cast<double>(p[k]) - q[k];
        return difference * difference;
      }));
      close--;
    }
    if (root)
      for (int c = 0; c < to - from; c++) cells[c] = std::sqrt(cells[c]);
  };
  if (own) {
    symmetric(columns, nullptr, y, rowOf);
    for (int row = 0; row < columns; row++) y[static_cast<int64_t>(row) * columns + row] = 0;
  } else {
    eachRowOf(a.count, columns, [&](int row) { rowOf(row, 0, columns, nullptr, y + static_cast<int64_t>(row) * columns); });
  }
}

void unitRows(int rows, int dimension, const float* x, float* y, float* inverse) {
  eachRowOf(rows, dimension, [=](int row) {
    const float* __restrict values = x + static_cast<int64_t>(row) * dimension;
    float* __restrict to = y + static_cast<int64_t>(row) * dimension;
    const double squared = sum(dimension, [=](int k) { return static_cast<double>(values[k]) * values[k]; });
    // A row too short for its squared length to be a float is one of zeros; NaN stays what it is.
    const double factor = squared < 1.2e-38 ? 0 : 1 / std::sqrt(squared);
    inverse[row] = static_cast<float>(factor);
    for (int k = 0; k < dimension; k++) to[k] = static_cast<float>(values[k] * factor);
  });
}

void unitRowsGradient(int rows, int dimension, const float* dy, const float* y, const float* inverse, float* dx) {
  eachRowOf(rows, dimension, [=](int row) {
    const int64_t start = static_cast<int64_t>(row) * dimension;
    const float *__restrict slopes = dy + start, *__restrict unit = y + start;
    float* __restrict to = dx + start;
    const double radial = sum(dimension, [=](int k) { return static_cast<double>(slopes[k]) * unit[k]; });
    const double factor = inverse[row];
    for (int k = 0; k < dimension; k++) to[k] = static_cast<float>((slopes[k] - radial * unit[k]) * factor);
  });
}

}  // namespace
