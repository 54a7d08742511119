import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { augmentBatch, gatherBatch, syntheticIdentities } from './index.ts';
import { blurImage, turnAndZoom } from './image-effects.ts';

const size = 24;
const faces = syntheticIdentities({ identities: 4, imagesPerIdentity: 1, size, seed: 1, nuisance: 0 });
const plain = gatherBatch(faces, [0, 1, 2, 3]);
const frame = { data: plain.subarray(0, size * size * 3), height: size, width: size, shrink: 1 };
const run = (options: object, seed = 1) =>
  augmentBatch(faces, [0, 1, 2, 3], { random: createRandom(seed), ...options });
const clamp = (value: number) => Math.min(size - 1, Math.max(0, value));
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

test('each change changes images, the same way for the same state, and less where less is asked', () => {
  for (const [less, more] of [
    [{ rotation: 3 }, { rotation: 30 }],
    [{ zoom: 0.02 }, { zoom: 0.3 }],
    [{ color: 0.05 }, { color: 0.5 }],
    [{ lowResolution: 1.5 }, { lowResolution: 6 }],
    [{ cutout: 0.1 }, { cutout: 0.8 }],
  ]) {
    expect(run(more!)).toEqual(run(more!));
    expect(difference(run(less!), plain)).toBeGreaterThan(0);
    expect(difference(run(more!), plain)).toBeGreaterThan(difference(run(less!), plain));
  }
});

test('a turn to and fro is nearly no turn, and no turn is none', () => {
  expect(turnAndZoom(frame, 0, 0, createRandom(1))).toEqual(Uint8Array.from(frame.data));
  const quarter = { ...createRandom(1), next: () => 0.75 };
  const turned = turnAndZoom(frame, 180, 0, quarter);
  const at = (x: number, y: number) => [...frame.data.subarray((y * size + x) * 3, (y * size + x) * 3 + 3)];
  // A quarter turn takes (x, y) to (size - 1 - y, x).
  expect([...turned.subarray((5 * size + 20) * 3, (5 * size + 20) * 3 + 3)]).toEqual(at(5, 3));
});

test('grey images are grey, and their share is the probability', () => {
  expect(run({ grey: 1 }).every((_, i, all) => all[i] === all[i - (i % 3)])).toBe(true);
  const isGrey = (seed: number) =>
    run({ grey: 0.3 }, seed).every((_, i, all) => i > 1727 || all[i] === all[i - (i % 3)]);
  const share = Array.from({ length: 200 }, (_, seed) => isGrey(seed)).filter(Boolean).length / 200;
  expect(Math.abs(share - 0.3)).toBeLessThan(0.12);
});

test('blur is the mean with weights 1 4 6 4 1, edges repeated', () => {
  const kernel = [1, 4, 6, 4, 1];
  const blurred = blurImage(frame);
  for (const [x, y] of [
    [0, 0],
    [1, 23],
    [12, 9],
    [23, 13],
  ] as const) {
    let sum = 0;
    kernel.forEach((wy, j) =>
      kernel.forEach((wx, i) => {
        sum += wx * wy * frame.data[(clamp(y + j - 2) * size + clamp(x + i - 2)) * 3 + 1]!;
      }),
    );
    expect(blurred[(y * size + x) * 3 + 1]).toBe(Math.floor(sum / 256 + 0.5));
  }
  const flat = { ...frame, data: new Uint8Array(frame.data.length).fill(77) };
  expect(new Set(blurImage(flat))).toEqual(new Set([77]));
});

test('a cut-out is one grey rectangle', () => {
  const cut = run({ cutout: 0.6 });
  const changed = [...cut.keys()].filter((i) => cut[i] !== plain[i]);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every((i) => cut[i] === 128)).toBe(true);
});

test.each([
  [{ rotation: 181 }, 'rotation must be a number from 0 to 180, got 181'],
  [{ zoom: 1 }, 'zoom must be a number from 0 to 0.9'],
  [{ lowResolution: 0 }, 'lowResolution must be a number from 1 to 16, got 0'],
  [{ grey: 2 }, 'grey must be'],
  [{ blur: Number.NaN }, 'blur must be a number from 0 to 1, got NaN'],
])('%o is refused', (options, message) => {
  expect(() => run(options)).toThrow(message);
});

test('turning needs square images', () => {
  const oblong = { ...faces, height: 12, count: 8 };
  expect(() => augmentBatch(oblong, [0], { random: createRandom(1), rotation: 5 })).toThrow('square images');
});
