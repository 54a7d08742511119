import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateSimilarity } from './estimate-similarity.ts';
import { resampleSquare } from './resample-square.ts';
import { warpSquare } from './warp-square.ts';

const random = createRandom(2);
const data = Uint8Array.from({ length: 16 * 16 * 3 }, () => random.int(256));
const frame = { data, height: 16, width: 16, shrink: 1 };

test('without rotation and at full size or larger it is a bilinear crop', () => {
  for (const [left, top, side, size] of [
    [3, 2, 8, 8],
    [2.5, 3.25, 9, 9],
    [4, 4, 5, 10],
  ] as const) {
    const scale = size / side;
    const warped = warpSquare(frame, { a: scale, b: 0, x0: -left * scale, y0: -top * scale }, size);
    const cropped = resampleSquare(frame, { left, top, side }, size);
    warped.forEach((value, i) => expect(Math.abs(value - cropped[i]!)).toBeLessThanOrEqual(1));
  }
});

test('a quarter turn moves every pixel to its place', () => {
  // (x, y) goes to (16 - y, x).
  const turned = warpSquare(frame, { a: 0, b: 1, x0: 16, y0: 0 }, 16);
  for (const [x, y] of [
    [0, 0],
    [3, 11],
    [15, 7],
  ] as const) {
    const to = (x * 16 + (15 - y)) * 3;
    const from = (y * 16 + x) * 3;
    expect([...turned.subarray(to, to + 3)]).toEqual([...data.subarray(from, from + 3)]);
  }
});

test('a smaller picture is a mean, not a choice of pixels', () => {
  const stripes = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 2) * 255);
  const small = warpSquare({ ...frame, data: stripes }, { a: 0.25, b: 0, x0: 0, y0: 0 }, 4);
  for (const value of small.subarray(3 * 5, 3 * 7)) expect(Math.abs(value - 128)).toBeLessThan(20);
});

test('beyond the frame it is black', () => {
  const far = warpSquare({ ...frame, data: data.map(() => 200) }, { a: 1, b: 0, x0: 8, y0: 0 }, 16);
  expect([...far.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(far[9 * 3]).toBe(200);
});

test('a similarity is recovered from points that it moved, and noise is averaged', () => {
  const coordinate = fc.double({ min: -100, max: 100, noNaN: true });
  const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 8 });
  const angle = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(points, angle, fc.double({ min: 0.2, max: 5, noNaN: true }), (from, turn, scale) => {
      const spread = Math.max(...from.map(([x, y]) => Math.hypot(x - from[0]![0], y - from[0]![1])));
      fc.pre(spread > 1);
      const expected = { a: scale * Math.cos(turn), b: scale * Math.sin(turn), x0: 7, y0: -3 };
      const { a, b, x0, y0 } = expected;
      const to = from.map(([x, y]) => [a * x - b * y + x0, b * x + a * y + y0] as const);
      const found = estimateSimilarity(from, to)!;
      for (const key of ['a', 'b', 'x0', 'y0'] as const) expect(found[key]).toBeCloseTo(expected[key], 4);
    }),
  );
});

test('the residual of a similarity is the smallest among its neighbours', () => {
  const from = [
    [0, 0],
    [10, 1],
    [4, 9],
    [-3, 5],
  ] as const;
  const to = [
    [2, 3],
    [13, 2],
    [8, 11],
    [0, 9],
  ] as const;
  const error = ({ a, b, x0, y0 }: { a: number; b: number; x0: number; y0: number }) =>
    from.reduce(
      (sum, [x, y], i) => sum + (a * x - b * y + x0 - to[i]![0]) ** 2 + (b * x + a * y + y0 - to[i]![1]) ** 2,
      0,
    );
  const best = estimateSimilarity(from, to)!;
  for (const key of ['a', 'b', 'x0', 'y0'] as const) {
    for (const step of [-1e-3, 1e-3]) {
      expect(error({ ...best, [key]: best[key] + step })).toBeGreaterThan(error(best));
    }
  }
});

test('points that determine nothing give nothing', () => {
  expect(estimateSimilarity([[1, 1]], [[2, 2]])).toBeUndefined();
  expect(
    estimateSimilarity(
      [
        [1, 1],
        [1, 1],
      ],
      [
        [2, 2],
        [3, 3],
      ],
    ),
  ).toBeUndefined();
  expect(
    estimateSimilarity(
      [
        [1, Number.NaN],
        [1, 1],
      ],
      [
        [2, 2],
        [3, 3],
      ],
    ),
  ).toBeUndefined();
});
