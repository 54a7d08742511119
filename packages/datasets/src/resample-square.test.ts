import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resampleSquare } from './resample-square.ts';

const random = createRandom(1);
const height = 9;
const width = 13;
const data = Uint8Array.from({ length: height * width * 3 }, () => random.int(256));
const frame = { data, height, width, shrink: 1 };

/** The triangle filter, evaluated over the whole frame for every output value. */
function oracle(left: number, top: number, side: number, size: number): number[] {
  const scale = side / size;
  const reach = Math.max(1, scale);
  const weight = (pixel: number, center: number) => Math.max(0, 1 - Math.abs(pixel + 0.5 - center) / reach);
  const out: number[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        let total = 0;
        for (let v = 0; v < height; v++) {
          for (let u = 0; u < width; u++) {
            const w = weight(u, left + (x + 0.5) * scale) * weight(v, top + (y + 0.5) * scale);
            sum += w * data[(v * width + u) * 3 + c]!;
            total += w;
          }
        }
        out.push(sum / total);
      }
    }
  }
  return out;
}

test('it is the triangle filter, to within one unit, growing and shrinking', () => {
  const position = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(position, position, position, fc.integer({ min: 1, max: 12 }), (x, y, s, size) => {
      const side = 1 + s * (height - 1);
      const left = x * (width - side);
      const top = y * (height - side);
      const got = resampleSquare(frame, { left, top, side }, size);
      const expected = oracle(left, top, side, size);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - got[i]!)));
      expect(worst).toBeLessThanOrEqual(1);
    }),
  );
});

test('a square of the same size is copied, and flat colours stay flat', () => {
  const copy = resampleSquare(frame, { left: 2, top: 1, side: 6 }, 6);
  expect([...copy.subarray(0, 3)]).toEqual([...data.subarray((width + 2) * 3, (width + 3) * 3)]);
  for (const value of [0, 1, 128, 254, 255]) {
    const flat = { ...frame, data: new Uint8Array(data.length).fill(value) };
    for (const size of [3, 7, 8, 20]) {
      expect(new Set(resampleSquare(flat, { left: 0.3, top: 0.1, side: 8.7 }, size))).toEqual(
        new Set([value]),
      );
    }
  }
});
