import type { Similarity } from './estimate-similarity.ts';
import type { Frame } from './frame.ts';

/**
 * Draws a frame through a similarity into RGB bytes [size, size, 3].
 *
 * Bilinear interpolation. Where the frame is made smaller, each output pixel is the mean of several samples.
 *
 * @param placement maps frame coordinates to output coordinates
 * @param beyond what lies outside the frame: black, or its edge repeated
 * @param into where the bytes go
 */
export function warpSquare(
  { data, width, height }: Frame,
  placement: Similarity,
  size: number,
  beyond: 'black' | 'repeat' = 'black',
  into: Uint8Array = new Uint8Array(size * size * 3),
): Uint8Array {
  const { a, b, x0, y0 } = placement;
  const squared = a * a + b * b;
  const samples = Math.max(1, Math.ceil(1 / Math.sqrt(squared) - 0.2));
  const step = 1 / samples;
  const out = new Uint8ClampedArray(into.buffer, into.byteOffset, into.length);
  const pixel = (x: number, y: number) => {
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    if (inside) return (y * width + x) * 3;
    if (beyond === 'black') return -1;
    return (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3;
  };
  let to = 0;
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++, to += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < samples; j++) {
        for (let i = 0; i < samples; i++) {
          const du = u + (i + 0.5) * step - x0;
          const dv = v + (j + 0.5) * step - y0;
          const x = (a * du + b * dv) / squared - 0.5;
          const y = (a * dv - b * du) / squared - 0.5;
          const left = Math.floor(x);
          const top = Math.floor(y);
          for (let corner = 0; corner < 4; corner++) {
            const right = corner & 1;
            const down = corner >> 1;
            const from = pixel(left + right, top + down);
            if (from < 0) continue;
            const fx = x - left;
            const fy = y - top;
            const weight = (right === 1 ? fx : 1 - fx) * (down === 1 ? fy : 1 - fy);
            red += data[from]! * weight;
            green += data[from + 1]! * weight;
            blue += data[from + 2]! * weight;
          }
        }
      }
      const share = step * step;
      out[to] = red * share;
      out[to + 1] = green * share;
      out[to + 2] = blue * share;
    }
  }
  return into;
}
