#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>
#include "depthwise.h"

namespace {

/** Channels of a block: two vectors. */
constexpr int wide = 2 * lanes;
/** Places of a block: with two vectors of channels each, their sums fill twelve registers. */
constexpr int tile = 6;
/** Input channels of a block of a filter's gradient: AVX-512 has registers enough for a power of two. */
constexpr int tall = lanes == 16 ? 8 : 6;

/** A place of the filter, from the place of the input that an output starts at. */
struct Tap {
  int row, column;
};

/**
 * For each place (row, column) of a grid, out[row * outStep + outRow, column * outStep + outColumn] becomes the sum over
 * the taps of in[row * step + tap.row, column * step + tap.column] times the tap's weights. Outside the input is zero.
 */
struct Product {
  const float* in;
  int batch, inRows, inColumns, inPixel, channels;
  std::vector<Tap> taps;
  int rows, columns, step;
  float* out;
  int outRows, outColumns, outChannels, outStep, outRow, outColumn;
  Ending ending;
};

/** What a tap meets at the places of a block. */
struct Met {
  int tap;
  const float* pixels[tile];
};

/** `tile` places: what the taps meet there, and where their sums go, null where there is no place. */
struct Block {
  std::vector<Met> met;
  float* out[tile];
};

/** Some channels of one block: what is met times `weightsOfTaps` [taps, channels, vectors]. */
template <int vectors>
void multiply(const Product& p, int channel, const Block& block, const float* weightsOfTaps) {
  const float* offset = p.ending.offset ? p.ending.offset + channel : nullptr;
  const int channels = p.channels;
  Vector sums[tile][vectors];
#pragma GCC unroll 8
  for (int m = 0; m < tile; m++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[m][v] = offset ? load(offset + v * lanes) : Vector{};
  for (const Met& tap : block.met) {
    const float* from[tile];
    std::copy_n(tap.pixels, tile, from);
    const float* w = weightsOfTaps + static_cast<int64_t>(tap.tap) * channels * vectors * lanes;
    for (int c = 0; c < channels; c++, w += vectors * lanes) {
      Vector weights[vectors];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) weights[v] = load(w + v * lanes);
#pragma GCC unroll 8
      for (int m = 0; m < tile; m++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) sums[m][v] += from[m][c] * weights[v];
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < tile; m++) {
    if (block.out[m] == nullptr) break;
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      const int at = channel + v * lanes;
      store(block.out[m] + at, finish(sums[m][v], p.ending, block.out[m] - p.out, at));
    }
  }
}

/** Goes through the places of all images: image by image, or the same place of all images one after the other. */
class Places {
 public:
  int image, row, column;
  Places(const Product& p, bool imagesFirst, int start)
      : batch(p.batch), rows(p.rows), columns(p.columns), imagesFirst(imagesFirst) {
    const int size = rows * columns, place = imagesFirst ? start / batch : start % size;
    image = imagesFirst ? start % batch : start / size;
    row = place / columns, column = place % columns;
  }
  void next() {
    if (imagesFirst) {
      if (++image < batch) return;
      image = 0;
    }
    if (++column < columns) return;
    column = 0;
    if (++row < rows) return;
    row = 0, image++;
  }

 private:
  int batch, rows, columns;
  bool imagesFirst;
};

/** How far the taps reach from the place that they start at, and where they are in the input from there. */
struct Reach {
  int top = 0, bottom = 0, left = 0, right = 0;
  std::vector<int64_t> offsets;
  explicit Reach(const Product& p) {
    for (const auto [row, column] : p.taps) {
      top = std::min(top, row), bottom = std::max(bottom, row);
      left = std::min(left, column), right = std::max(right, column);
      offsets.push_back((static_cast<int64_t>(row) * p.inColumns + column) * p.inPixel);
    }
  }
};

/**
 * The block of the next places. Taps that meet nothing but zeros are left out.
 *
 * @param count places that there are, at most `tile`
 * @param zeros as many as a pixel has channels
 */
void meet(const Product& p, const Reach& reach, Places& at, int count, const float* zeros, Block& block) {
  bool within = count == tile;
  int rows[tile], columns[tile];
  int64_t origins[tile];
  for (int m = 0; m < count; m++, at.next()) {
    const int64_t row = static_cast<int64_t>(at.image) * p.outRows + at.row * p.outStep + p.outRow;
    block.out[m] = p.out + (row * p.outColumns + at.column * p.outStep + p.outColumn) * p.outChannels;
    const int r = rows[m] = at.row * p.step, c = columns[m] = at.column * p.step;
    origins[m] = ((static_cast<int64_t>(at.image) * p.inRows + r) * p.inColumns + c) * p.inPixel;
    within = within && r + reach.top >= 0 && r + reach.bottom < p.inRows && c + reach.left >= 0 &&
             c + reach.right < p.inColumns;
  }
  std::fill(block.out + count, block.out + tile, nullptr);
  const int taps = static_cast<int>(p.taps.size());
  block.met.clear();
  for (int t = 0; t < taps; t++) {
    Met tap{t, {}};
    bool meets = within;
    if (within) {
      for (int m = 0; m < tile; m++) tap.pixels[m] = p.in + (origins[m] + reach.offsets[t]);
    } else {
      std::fill_n(tap.pixels, tile, zeros);
      for (int m = 0; m < count; m++) {
        const int r = rows[m] + p.taps[t].row, c = columns[m] + p.taps[t].column;
        if (r < 0 || r >= p.inRows || c < 0 || c >= p.inColumns) continue;
        tap.pixels[m] = p.in + (origins[m] + reach.offsets[t]);
        meets = true;
      }
    }
    if (meets) block.met.push_back(tap);
  }
}

/**
 * @param packed for each `wide` output channels, [taps, channels, wide]
 * @param zeros as many as a pixel has channels
 */
void run(const Product& p, const float* packed, const float* zeros) {
  const int depth = static_cast<int>(p.taps.size()) * p.channels;
  const int size = p.rows * p.columns, places = p.batch * size, tiles = (places + tile - 1) / tile;
  // Small images have much edge: where a block is one place of several images, its taps outside are left out.
  const bool imagesFirst = p.batch >= tile && size <= 400;
  const Reach reach(p);
  // The weights of a group stay in the second-level cache while a chunk of the places passes.
  const int group = std::max(wide, std::min(p.outChannels, 65536 / std::max(depth, 1) / wide * wide));
  const int groups = (p.outChannels + group - 1) / group;
  const int chunk = std::max(16, (tiles * groups + 8 * threads() - 1) / (8 * threads()));
  const int chunks = (tiles + chunk - 1) / chunk;
  auto task = [&](int index) {
    const int start = index / chunks * group, end = std::min(p.outChannels, start + group);
    const int first = index % chunks * chunk, last = std::min(tiles, first + chunk);
    Places at(p, imagesFirst, first * tile);
    Block block, next;
    auto prepare = [&](int i) { meet(p, reach, at, std::min(tile, places - i * tile), zeros, next); };
    prepare(first);
    for (int i = first; i < last; i++) {
      std::swap(block, next);
      if (i + 1 < last) prepare(i + 1);
      // What the other taps meet has mostly been met before.
      if (i + 1 < last && !next.met.empty())
        for (const float* pixel : next.met.back().pixels) fetch(pixel, p.channels);
      for (int channel = start; channel < end; channel += wide) {
        const float* w = packed + static_cast<int64_t>(channel) * depth;
        if (end - channel >= wide) multiply<2>(p, channel, block, w);
        else multiply<1>(p, channel, block, w);
      }
    }
  };
  parallel(groups * chunks, task);
}

/** Without padding the columns of a window lie one after the other, as one longer pixel. */
int separateColumns(const Convolution& c) {
  return c.left == 0 && (c.outColumns - 1) * c.stride + c.width <= c.inColumns ? 1 : c.width;
}

void forward(const Convolution& c, const float* x, const float* w, const float* scale, const Ending& ending, float* y) {
  if (c.depthwise) return depthwise(c, x, w, scale, ending, false, y);
  const int columns = separateColumns(c), depth = c.height * c.width * c.inChannels;
  Product p{x,           c.batch, c.inRows, c.inColumns, c.inChannels, c.inChannels * c.width / columns,
            {},          c.outRows, c.outColumns, c.stride,
            y,           c.outRows, c.outColumns, c.outChannels, 1, 0, 0,
            ending};
  for (int row = 0; row < c.height; row++)
    for (int column = 0; column < columns; column++) p.taps.push_back({row - c.top, column - c.left});
  const auto memory = floats(static_cast<size_t>(depth) * c.outChannels + p.channels);
  float* const packed = memory.get();
  float* const zeros = packed + static_cast<size_t>(depth) * c.outChannels;
  std::fill_n(zeros, p.channels, 0.f);
  auto pack = [&](int block) {
    const int channel = block * wide, width = std::min(wide, c.outChannels - channel);
    float* to = packed + static_cast<int64_t>(channel) * depth;
    for (int k = 0; k < depth; k++, to += width) {
      const float* from = w + static_cast<int64_t>(k) * c.outChannels + channel;
      for (int i = 0; i < width; i++) to[i] = scale ? from[i] * scale[channel + i] : from[i];
    }
  };
  parallel((c.outChannels + wide - 1) / wide, pack);
  run(p, packed, zeros);
}

void inputGradient(const Convolution& c, const float* dy, const float* w, const float* scale, float* dx) {
  if (c.depthwise) return depthwise(c, dy, w, scale, {}, true, dx);
  const int64_t filter = static_cast<int64_t>(c.inChannels) * c.outChannels;
  const auto memory = floats(c.height * c.width * filter + c.outChannels);
  float* const packed = memory.get();
  float* const zeros = packed + c.height * c.width * filter;
  std::fill_n(zeros, c.outChannels, 0.f);
  // Rows of dx with the same remainder by the stride meet the same taps, and so do columns.
  for (int row = 0; row < c.stride; row++) {
    for (int column = 0; column < c.stride; column++) {
      Product p{dy,      c.batch, c.outRows, c.outColumns, c.outChannels, c.outChannels,
                {},      (c.inRows - row + c.stride - 1) / c.stride, (c.inColumns - column + c.stride - 1) / c.stride, 1,
                dx,      c.inRows, c.inColumns, c.inChannels, c.stride, row, column,
                {}};
      std::vector<const float*> filters;
      for (int h = 0; h < c.height; h++) {
        for (int v = 0; v < c.width; v++) {
          const int down = row + c.top - h, right = column + c.left - v;
          if (down % c.stride != 0 || right % c.stride != 0) continue;
          p.taps.push_back({down / c.stride, right / c.stride});
          filters.push_back(w + (h * c.width + v) * filter);
        }
      }
      const int taps = static_cast<int>(filters.size());
      auto pack = [&](int index) {
        const int channel = index / taps * wide, tap = index % taps, width = std::min(wide, c.inChannels - channel);
        float* to = packed + (static_cast<int64_t>(channel) * taps + static_cast<int64_t>(tap) * width) * c.outChannels;
        for (int i = 0; i < width; i++) {
          const float* from = filters[tap] + static_cast<int64_t>(channel + i) * c.outChannels;
          for (int k = 0; k < c.outChannels; k++) to[k * width + i] = scale ? from[k] * scale[k] : from[k];
        }
      };
      parallel((c.inChannels + wide - 1) / wide * taps, pack);
      run(p, packed, zeros);
    }
  }
}

/** A pixel of x and the one of dy that it meets under a tap. */
struct Pair {
  const float *x, *dy;
};

/** One block of a filter's gradient: the products of `count` input channels and `vectors` of output channels. */
template <int count, int vectors>
void outer(const Pair* pairs, int length, int xChannel, int dyChannel, int channels, float* dw) {
  Vector sums[count][vectors];
#pragma GCC unroll 8
  for (int m = 0; m < count; m++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[m][v] = load(dw + m * channels + v * lanes);
  for (int i = 0; i < length; i++) {
    const float *x = pairs[i].x + xChannel, *dy = pairs[i].dy + dyChannel;
    Vector slopes[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) slopes[v] = load(dy + v * lanes);
#pragma GCC unroll 8
    for (int m = 0; m < count; m++)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[m][v] += x[m] * slopes[v];
  }
#pragma GCC unroll 8
  for (int m = 0; m < count; m++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) store(dw + m * channels + v * lanes, sums[m][v]);
}

typedef void (*Outer)(const Pair*, int, int, int, int, float*);
template <int vectors, int... less>
constexpr std::array<Outer, tall> outersOf(std::integer_sequence<int, less...>) {
  return {outer<less + 1, vectors>...};
}
template <int vectors>
constexpr auto outers = outersOf<vectors>(std::make_integer_sequence<int, tall>());

void filterGradient(const Convolution& c, const float* x, const float* dy, const float* w, const float* scale,
                    float* dw, float* dScale) {
  if (c.depthwise) return depthwiseFilterGradient(c, x, dy, w, scale, dw, dScale);
  const int columns = separateColumns(c), channels = c.inChannels * c.width / columns;
  const int depth = c.height * columns * channels, blocks = (channels + tall - 1) / tall;
  const int64_t size = static_cast<int64_t>(depth) * c.outChannels;
  // Each part of the rows has sums of its own, which are added in a fixed order at the end.
  const int rows = c.batch * c.outRows, parts = std::min(threads(), rows);
  const auto memory = floats((parts - 1) * size);
  const auto sumsOf = partsOf(parts, size, dw, memory.get());
  // The sums of a group stay in the second-level cache, and some rows of x and dy in the first.
  const int group = std::max(wide, std::min(c.outChannels, 49152 / depth / wide * wide));
  const int rowSize = c.outColumns * c.outChannels + c.inColumns * c.inChannels * c.stride;
  const int rowsAtOnce = std::max({1, 6144 / rowSize, 96 / c.outColumns});
  auto task = [&](int part) {
    float* const sums = sumsOf[part];
    std::fill_n(sums, size, 0.f);
    const int from = static_cast<int>(static_cast<int64_t>(rows) * part / parts);
    const int past = static_cast<int>(static_cast<int64_t>(rows) * (part + 1) / parts);
    std::vector<Pair> pairs(static_cast<size_t>(rowsAtOnce) * c.outColumns);
    for (int start = 0; start < c.outChannels; start += group) {
      const int end = std::min(c.outChannels, start + group);
      for (int first = from; first < past; first += rowsAtOnce) {
        for (int i = first + rowsAtOnce; i < std::min(past, first + 2 * rowsAtOnce); i++) {
          const int row = std::min(i % c.outRows * c.stride + c.height - 1 - c.top, c.inRows - 1);
          const int64_t inRow = static_cast<int64_t>(i / c.outRows) * c.inRows + row;
          fetch(x + inRow * c.inColumns * c.inChannels, c.inColumns * c.inChannels);
          fetch(dy + static_cast<int64_t>(i) * c.outColumns * c.outChannels, c.outColumns * c.outChannels);
        }
        for (int tap = 0; tap < c.height * columns; tap++) {
          const int h = tap / columns, v = tap % columns;
          const int begin = std::max(0, (c.left - v + c.stride - 1) / c.stride);
          const int until = std::min(c.outColumns, (c.inColumns - 1 - v + c.left) / c.stride + 1);
          int length = 0;
          for (int i = first; i < std::min(past, first + rowsAtOnce); i++) {
            const int64_t image = i / c.outRows;
            const int row = i % c.outRows * c.stride + h - c.top;
            if (row < 0 || row >= c.inRows) continue;
            const float* from = x + ((image * c.inRows + row) * c.inColumns + begin * c.stride + v - c.left) * c.inChannels;
            const float* slopes = dy + (static_cast<int64_t>(i) * c.outColumns + begin) * c.outChannels;
            for (int k = begin; k < until; k++, from += c.stride * c.inChannels, slopes += c.outChannels)
              pairs[length++] = {from, slopes};
          }
          for (int block = 0; block < blocks; block++) {
            const int channel = channels * block / blocks, count = channels * (block + 1) / blocks - channel;
            float* const to = sums + (static_cast<int64_t>(tap) * channels + channel) * c.outChannels;
            for (int k = start; k < end; k += wide) {
              const Outer add = end - k >= wide ? outers<2>[count - 1] : outers<1>[count - 1];
              add(pairs.data(), length, channel, k, c.outChannels, to + k);
            }
          }
        }
      }
    }
  };
  parallel(parts, task);
  finishFilter(c.height * c.width * c.inChannels, c.outChannels, sumsOf, w, scale, dw, dScale);
}

}  // namespace
