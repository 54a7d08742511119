import type { ConvInfo } from './wasm-backend.ts';

/** One axis of one phase of a transposed convolution, see {@link axisPhases}. */
export interface AxisPhase {
  /** Taps of the filter that this phase uses, in the order in which the convolution reads them. */
  readonly taps: number[];
  /** Padding of dy before; where it is negative, so much of dy has no part in this phase. */
  readonly before: number;
  /** Padding of dy after. */
  readonly after: number;
  /** First pixel of dx that the phase gives, and how many (every stride-th). */
  readonly first: number;
  readonly count: number;
}

/**
 * Splits one axis of the input gradient of a strided convolution into phases: the pixels of dx with the same
 * remainder by the stride see the same taps, so each phase is an ordinary convolution of dy.
 *
 * @returns The phases that have a tap and a pixel; pixels that no phase gives are 0.
 */
export function axisPhases(
  size: number,
  outSize: number,
  filterSize: number,
  stride: number,
  padding: number,
): AxisPhase[] {
  const phases: AxisPhase[] = [];
  for (let phase = 0; phase < Math.min(stride, filterSize); phase++) {
    const taps: number[] = [];
    for (let tap = phase; tap < filterSize; tap += stride) taps.unshift(tap);
    // Pixel q * stride + phase - padding of dx reads dy from q - (taps - 1) to q.
    const firstQ = Math.ceil((padding - phase) / stride);
    const lastQ = Math.floor((size - 1 + padding - phase) / stride);
    if (lastQ < firstQ) continue;
    phases.push({
      taps,
      before: taps.length - 1 - firstQ,
      after: Math.max(0, lastQ - (outSize - 1)),
      first: firstQ * stride + phase - padding,
      count: lastQ - firstQ + 1,
    });
  }
  return phases;
}

/**
 * The filter [heightTaps, widthTaps, outChannels, inChannels] that convolves dy in one phase.
 *
 * @param filter The forward filter, [filterHeight, filterWidth, inChannels, outChannels].
 */
export function phaseFilter(
  filter: Float32Array,
  info: ConvInfo,
  rows: number[],
  columns: number[],
  result: Float32Array,
): void {
  const { filterWidth, inChannels, outChannels } = info;
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * filterWidth + column) * inChannels * outChannels;
      for (let o = 0; o < outChannels; o++) {
        for (let i = 0; i < inChannels; i++) result[to++] = filter[from + i * outChannels + o]!;
      }
    }
  }
}
