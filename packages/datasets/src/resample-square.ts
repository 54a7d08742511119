import type { Frame } from './frame.ts';

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
  const { left, top, side } = square;
  const columns = triangleWeights(left, side, size, width);
  const rows = triangleWeights(top, side, size, height);
  const firstRow = rows.first[0]!;
  const lastRow = rows.first[size - 1]! + rows.taps[size - 1]!;
  const rowLength = size * 3;
  const needed = (lastRow - firstRow) * rowLength;
  if (scratch.length < needed) scratch = new Uint16Array(needed);
  const narrow = scratch;

  let to = 0;
  for (let y = firstRow; y < lastRow; y++) {
    const row = y * width;
    let at = 0;
    for (let x = 0; x < size; x++, to += 3) {
      let from = (row + columns.first[x]!) * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (const end = at + columns.taps[x]!; at < end; at++, from += 3) {
        const weight = columns.weights[at]!;
        red += Math.imul(data[from]!, weight);
        green += Math.imul(data[from + 1]!, weight);
        blue += Math.imul(data[from + 2]!, weight);
      }
      narrow[to] = red >> narrowShift;
      narrow[to + 1] = green >> narrowShift;
      narrow[to + 2] = blue >> narrowShift;
    }
  }

  let at = 0;
  to = 0;
  for (let y = 0; y < size; y++) {
    const taps = rows.taps[y]!;
    let from = (rows.first[y]! - firstRow) * rowLength;
    const end = from + rowLength;
    if (taps === 2) {
      // The usual case, a scale near 1, without the inner loop.
      const above = rows.weights[at]!;
      const below = rows.weights[at + 1]!;
      for (; from < end; from++) {
        const sum = Math.imul(narrow[from]!, above) + Math.imul(narrow[from + rowLength]!, below);
        out[to++] = (sum + half) >> outShift;
      }
    } else {
      for (; from < end; from++) {
        let sum = half;
        for (let tap = 0; tap < taps; tap++) {
          sum += Math.imul(narrow[from + tap * rowLength]!, rows.weights[at + tap]!);
        }
        out[to++] = sum >> outShift;
      }
    }
    at += taps;
  }
  return out;
}

// Fixed point, because integers are faster than floats here: weights have 12 bits behind the point, rows
// scaled in width have 8, and the sums of the second pass 20.
const one = 1 << 12;
const narrowShift = 4;
const outShift = 20;
const half = 1 << (outShift - 1);

/** Rows already scaled in width; kept between calls because making it anew costs as much as filling it. */
let scratch = new Uint16Array(0);

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
