import type { Frame } from './frame.ts';

/**
 * What an image looks like after JPEG compression: colours at half the resolution, and the cosine transform of
 * each block of 8 x 8 pixels rounded. Any size; edges are repeated to whole blocks.
 *
 * @param quality from 1 to 100, as libjpeg counts it
 * @returns RGB bytes [height, width, 3]
 * @see ITU-T T.81, annexes A and K
 */
export function compressImage({ data, height, width }: Frame, quality: number): Uint8Array {
  const across = Math.ceil(width / 16) * 16;
  const down = Math.ceil(height / 16) * 16;
  const half = across / 2;
  const luma = new Float32Array(across * down);
  const blue = new Float32Array(luma.length / 4);
  const red = new Float32Array(luma.length / 4);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const from = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 3;
      const [r, g, b] = [data[from]!, data[from + 1]!, data[from + 2]!];
      const value = 0.299 * r + 0.587 * g + 0.114 * b;
      luma[y * across + x] = value - 128;
      const at = (y >> 1) * half + (x >> 1);
      blue[at]! += (b - value) / (4 * 1.772);
      red[at]! += (r - value) / (4 * 1.402);
    }
  }
  roundBlocks(luma, across, lumaSteps, quality);
  roundBlocks(blue, half, colorSteps, quality);
  roundBlocks(red, half, colorSteps, quality);

  const out = new Uint8ClampedArray(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const value = luma[y * across + x]! + 128;
      const at = (y >> 1) * half + (x >> 1);
      out[to] = value + 1.402 * red[at]!;
      out[to + 1] = value - 0.344136 * blue[at]! - 0.714136 * red[at]!;
      out[to + 2] = value + 1.772 * blue[at]!;
    }
  }
  return new Uint8Array(out.buffer);
}

/** Transforms each block of a plane, rounds to multiples of the steps, and transforms it back. */
function roundBlocks(plane: Float32Array, width: number, steps: readonly number[], quality: number): void {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const scaled = steps.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
  const block = new Float32Array(64);
  const turned = new Float32Array(64);
  for (let top = 0; top < plane.length; top += 8 * width) {
    for (let left = top; left < top + width; left += 8) {
      for (let i = 0; i < 64; i++) block[i] = plane[left + (i >> 3) * width + (i & 7)]!;
      // Each pass transforms along the rows and turns the block, so that two make the whole transform.
      transformRows(block, turned, cosines);
      transformRows(turned, block, cosines);
      for (let i = 0; i < 64; i++) block[i] = Math.round(block[i]! / scaled[i]!) * scaled[i]!;
      transformRows(block, turned, transposed);
      transformRows(turned, block, transposed);
      for (let i = 0; i < 64; i++) plane[left + (i >> 3) * width + (i & 7)] = block[i]!;
    }
  }
}

/** Multiplies each row by a matrix [8, 8], and writes it as a column. */
function transformRows(from: Float32Array, to: Float32Array, matrix: Float32Array): void {
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += matrix[u * 8 + x]! * from[row * 8 + x]!;
      to[u * 8 + row] = sum;
    }
  }
}

/** The orthonormal cosine transform of eight values. */
const cosines = Float32Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});
const transposed = Float32Array.from({ length: 64 }, (_, i) => cosines[(i & 7) * 8 + (i >> 3)]!);

/** T.81 tables K.1 and K.2, for quality 50. */
const lumaSteps: readonly number[] = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();
const colorSteps: readonly number[] = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => Array.from({ length: 8 }, () => 99)),
].flat();
