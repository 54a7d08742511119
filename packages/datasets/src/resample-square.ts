import type { Frame } from './frame.ts';
import { type PixelKernels, pixelKernels } from './pixel-kernels.ts';

/** A square of pixels with a corner anywhere, also between pixels. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Cuts a square out of a frame and scales it to RGB bytes [size, size, 3].
 *
 * The filter is a triangle as wide as the scale asks for: bilinear interpolation where the square grows, an
 * average over the covered pixels where it shrinks. Pixels beyond the frame's edge do not count.
 *
 * @param out where the bytes go
 */
export function resampleSquare(
  { data, width, height }: Frame,
  square: Square,
  size: number,
  out: Uint8Array = new Uint8Array(size * size * 3),
): Uint8Array {
  kernels ??= pixelKernels();
  const key = [square.left, square.top, square.side, size, width, height].join();
  if (plan?.key !== key) plan = makePlan(kernels, key, square, size, width, height);
  const { memory, at, firstColumn, firstRow, rowBytes, rowCount, pairs } = plan;
  const bytes = new Uint8Array(memory);
  for (let y = 0; y < rowCount; y++) {
    const from = ((firstRow + y) * width + firstColumn) * 3;
    bytes.set(data.subarray(from, from + rowBytes), at.source + y * rowBytes);
  }
  kernels.narrowRows(at.source, rowCount, rowBytes, at.offsets, at.columnWeights, pairs, size, at.narrow);
  kernels.mixRows(at.narrow, size * 3, at.first, at.taps, at.rowWeights, size, at.result);
  out.set(bytes.subarray(at.result, at.result + size * size * 3));
  return out;
}

let kernels: PixelKernels | undefined;
/** That of the last call, whose weights the kernels' memory still holds: images of one source have one crop. */
let plan: ReturnType<typeof makePlan> | undefined;

function makePlan(
  { place }: PixelKernels,
  key: string,
  { left, top, side }: Square,
  size: number,
  width: number,
  height: number,
) {
  const columns = triangleWeights(left, side, size, width);
  const rows = triangleWeights(top, side, size, height);
  const firstColumn = columns.first[0]!;
  const firstRow = rows.first[0]!;
  const rowBytes = (columns.first[size - 1]! + columns.taps[size - 1]! - firstColumn) * 3;
  const rowCount = rows.first[size - 1]! + rows.taps[size - 1]! - firstRow;
  const pairs = Math.ceil(columns.taps.reduce((most, taps) => Math.max(most, taps)) / 2);
  const { memory, at } = place({
    source: rowCount * rowBytes,
    offsets: 4 * size,
    columnWeights: 4 * size * pairs,
    narrow: rowCount * size * 6,
    first: 4 * size,
    taps: 4 * size,
    rowWeights: 2 * rows.weights.length,
    result: size * size * 3,
  });
  new Uint32Array(memory, at.offsets, size).set(columns.first.map((column) => (column - firstColumn) * 3));
  const inPairs = new Int16Array(memory, at.columnWeights, size * pairs * 2).fill(0);
  for (let x = 0, next = 0; x < size; x++) {
    for (let tap = 0; tap < columns.taps[x]!; tap++) inPairs[x * pairs * 2 + tap] = columns.weights[next++]!;
  }
  new Int32Array(memory, at.first, size).set(rows.first.map((row) => row - firstRow));
  new Int32Array(memory, at.taps, size).set(rows.taps);
  new Uint16Array(memory, at.rowWeights, rows.weights.length).set(rows.weights);
  return { key, memory, at, firstColumn, firstRow, rowBytes, rowCount, pairs };
}

// Fixed point: weights have 12 bits behind the point, rows scaled in width have 8, and the sums of the second pass 20.
const one = 1 << 12;

interface Weights {
  /** The first source pixel that each output pixel looks at; rising. */
  readonly first: Int32Array;
  /** How many source pixels each output pixel looks at. */
  readonly taps: Int32Array;
  /** The weights of all those pixels, one output pixel after another; each one's sum to `one`. */
  readonly weights: Int32Array;
}

function triangleWeights(start: number, side: number, size: number, limit: number): Weights {
  const scale = side / size;
  const reach = Math.max(1, scale);
  const first = new Int32Array(size);
  const taps = new Int32Array(size);
  const weights = new Int32Array(size * (Math.ceil(reach * 2) + 1));
  let at = 0;
  for (let i = 0; i < size; i++) {
    const center = start + (i + 0.5) * scale - 0.5;
    const begin = Math.max(0, Math.floor(center - reach) + 1);
    const end = Math.min(limit, Math.ceil(center + reach));
    first[i] = begin;
    taps[i] = end - begin;
    let sum = 0;
    for (let pixel = begin; pixel < end; pixel++) sum += reach - Math.abs(pixel - center);
    // What is rounded away from one weight goes to the next, so that flat colours stay what they are.
    let given = 0;
    let wanted = 0;
    for (let pixel = begin; pixel < end; pixel++) {
      wanted += (one * (reach - Math.abs(pixel - center))) / sum;
      weights[at] = Math.round(wanted) - given;
      given += weights[at++]!;
    }
  }
  return { first, taps, weights };
}
