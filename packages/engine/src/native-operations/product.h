#pragma once
#include <algorithm>
#include <cstdint>
#include "arithmetic.h"
#include "vectors.h"

namespace {

/** Rows and columns of a block of a product of matrices, whose sums fill the registers, and how much of the depth. */
constexpr int blockRows = lanes == 16 ? 12 : 6, blockColumns = 2 * lanes, blockDepth = 256;

/** Adds to the sums of some rows: rows[m][k * step] times the panel's row k. */
template <int vectors>
void addBlock(const float* const* rows, int64_t step, const float* panel, int depth, bool fresh, float* const* to) {
  Vector sums[blockRows][vectors];
#pragma GCC unroll 12
  for (int m = 0; m < blockRows; m++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[m][v] = fresh ? Vector{} : load(to[m] + v * lanes);
  const float* from[blockRows];
  std::copy_n(rows, blockRows, from);
  for (int k = 0; k < depth; k++, panel += blockColumns) {
    Vector columns[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) columns[v] = load(panel + v * lanes);
#pragma GCC unroll 12
    for (int m = 0; m < blockRows; m++)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[m][v] += from[m][k * step] * columns[v];
  }
#pragma GCC unroll 12
  for (int m = 0; m < blockRows; m++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) store(to[m] + v * lanes, sums[m][v]);
}

void product(const MatrixProduct& f, float* y) {
  const int panels = (f.columns + blockColumns - 1) / blockColumns;
  const int64_t rowStep = f.transposeA ? 1 : f.depth, step = f.transposeA ? f.rows : 1;
  auto rowsOfPanel = [&](int column, int from, int past) {
    alignas(64) float panel[blockDepth * blockColumns], edge[blockRows * blockColumns];
    const int width = std::min(blockColumns, f.columns - column);
    for (int first = 0; first < f.depth; first += blockDepth) {
      const int depth = std::min(blockDepth, f.depth - first);
      if (f.transposeB) {
        if (width < blockColumns) std::fill_n(panel, depth * blockColumns, 0.f);
        for (int i = 0; i < width; i++) {
          const float* values = f.b + static_cast<int64_t>(column + i) * f.depth + first;
          for (int k = 0; k < depth; k++) panel[k * blockColumns + i] = values[k];
        }
      } else {
        for (int k = 0; k < depth; k++) {
          const float* values = f.b + static_cast<int64_t>(first + k) * f.columns + column;
          std::fill(std::copy_n(values, width, panel + k * blockColumns), panel + (k + 1) * blockColumns, 0.f);
        }
      }
      for (int row = from; row < past; row += blockRows) {
        const float* rows[blockRows];
        float* to[blockRows];
        const int count = std::min(blockRows, past - row);
        const bool whole = width == blockColumns && count == blockRows;
        for (int m = 0; m < blockRows; m++) {
          rows[m] = f.a + (row + std::min(m, count - 1)) * rowStep + first * step;
          to[m] = whole ? y + static_cast<int64_t>(row + m) * f.columns + column : edge + m * blockColumns;
        }
        if (!whole && first > 0)
          for (int m = 0; m < count; m++)
            std::copy_n(y + static_cast<int64_t>(row + m) * f.columns + column, width, to[m]);
        if (width > lanes) addBlock<2>(rows, step, panel, depth, first == 0, to);
        else addBlock<1>(rows, step, panel, depth, first == 0, to);
        if (!whole)
          for (int m = 0; m < count; m++)
            std::copy_n(to[m], width, y + static_cast<int64_t>(row + m) * f.columns + column);
      }
    }
  };
  const int64_t work = static_cast<int64_t>(f.rows) * f.columns * f.depth;
  const int wanted = work > 1 << 21 ? (4 * threads() + panels - 1) / panels : 1;
  const int parts = std::max(1, std::min(wanted, f.rows / (4 * blockRows)));
  auto task = [&](int index) {
    const int part = index / panels;
    rowsOfPanel(index % panels * blockColumns, static_cast<int>(static_cast<int64_t>(f.rows) * part / parts),
                static_cast<int>(static_cast<int64_t>(f.rows) * (part + 1) / parts));
  };
  if (work > 1 << 21) return parallel(parts * panels, task);
  for (int index = 0; index < parts * panels; index++) task(index);
}

}  // namespace
