import type { Point } from './point.ts';

/** For each of 68 points (iBUG 300-W), the one that a mirror brings to its place. */
const mirrorOf: readonly number[] = [
  [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  [26, 25, 24, 23, 22, 21, 20, 19, 18, 17],
  [27, 28, 29, 30, 35, 34, 33, 32, 31],
  [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
  [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55],
  [64, 63, 62, 61, 60, 67, 66, 65],
].flat();

/** The 68 points of a mirrored image, of `width` pixels, as points of the image itself. */
export function mirrorLandmarks(points: readonly Point[], width: number): Point[] {
  return mirrorOf.map((k): Point => [width - points[k]![0], points[k]![1]]);
}

/** Mirrors RGB bytes [rows, width, 3] left to right, in place. */
export function mirrorRows(pixels: Uint8Array, width: number): void {
  for (let start = 0; start < pixels.length; start += width * 3) {
    let [left, right] = [start, start + (width - 1) * 3];
    for (; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const kept = pixels[left + c]!;
        pixels[left + c] = pixels[right + c]!;
        pixels[right + c] = kept;
      }
    }
  }
}
