import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { augmentBatch, gatherBatch, type PackedImages, selectImages } from './index.ts';

function packed(count: number, height: number, width: number, fill?: number): PackedImages {
  const random = createRandom(9);
  const pixels = Uint8Array.from({ length: count * height * width * 3 }, () => fill ?? random.int(256));
  const ids = Array.from({ length: count }, (_, i) => `image ${i}`);
  const labels = Int32Array.from(ids, (_, i) => i);
  return { count, height, width, channels: 3, pixels, ids, labels, identities: ids, skipped: [] };
}

const images = packed(4, 5, 7);
const rgb = (data: Uint8Array, image: number, y: number, x: number) => {
  const at = ((image * 5 + y) * 7 + x) * 3;
  return [...data.subarray(at, at + 3)];
};

test('gatherBatch copies the images asked for', () => {
  const batch = gatherBatch(images, [3, 0, 3]);
  expect(batch).toHaveLength(3 * 105);
  expect(rgb(batch, 0, 2, 4)).toEqual(rgb(images.pixels, 3, 2, 4));
  expect(rgb(batch, 1, 4, 6)).toEqual(rgb(images.pixels, 0, 4, 6));
});

test('without any option augmentBatch is gatherBatch', () => {
  expect(augmentBatch(images, [2, 1], { random: createRandom(1) })).toEqual(gatherBatch(images, [2, 1]));
});

test('flip and shift are a mirror and a move with repeated edges', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.boolean(), fc.integer({ min: 0, max: 4 }), (seed, flip, shift) => {
      const batch = augmentBatch(images, [1], { random: createRandom(seed), flip, shift });
      const explained = [0, 1].some((mirror) => {
        if (mirror === 1 && !flip) return false;
        for (let dy = -shift; dy <= shift; dy++) {
          for (let dx = -shift; dx <= shift; dx++) {
            let equal = true;
            for (let y = 0; y < 5 && equal; y++) {
              for (let x = 0; x < 7 && equal; x++) {
                const column = Math.min(6, Math.max(0, x + dx));
                const row = Math.min(4, Math.max(0, y + dy));
                const source = rgb(images.pixels, 1, row, mirror === 1 ? 6 - column : column);
                equal = String(rgb(batch, 0, y, x)) === String(source);
              }
            }
            if (equal) return true;
          }
        }
        return false;
      });
      expect(explained).toBe(true);
    }),
  );
});

test('half of the images are flipped, and all shifts occur', () => {
  const random = createRandom(2);
  const flipped = new Array(400).fill(0).filter(() => {
    const batch = augmentBatch(images, [0], { random, flip: true });
    return String(batch) !== String(gatherBatch(images, [0]));
  }).length;
  expect(Math.abs(flipped - 200)).toBeLessThan(50);
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) seen.add(String(augmentBatch(images, [0], { random, shift: 1 })));
  expect(seen.size).toBe(9);
});

test('brightness is one factor an image, within its range', () => {
  const grey = packed(1, 8, 8, 100);
  const random = createRandom(3);
  const levels = Array.from({ length: 500 }, () => {
    const batch = augmentBatch(grey, [0], { random, brightness: 0.2 });
    expect(new Set(batch).size).toBe(1);
    return batch[0]!;
  });
  expect(Math.min(...levels)).toBeGreaterThanOrEqual(80);
  expect(Math.max(...levels)).toBeLessThanOrEqual(120);
  expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(36);
});

test('noise has the asked deviation, mean 0, and is clamped', () => {
  const batch = augmentBatch(packed(4, 32, 32, 128), [0, 1, 2, 3], { random: createRandom(4), noise: 4 });
  const mean = batch.reduce((sum, value) => sum + value, 0) / batch.length;
  const variance = batch.reduce((sum, value) => sum + (value - mean) ** 2, 0) / batch.length;
  expect(Math.abs(mean - 128)).toBeLessThan(0.2);
  expect(Math.abs(Math.sqrt(variance) - 4)).toBeLessThan(0.15);
  const white = augmentBatch(packed(1, 16, 16, 255), [0], { random: createRandom(5), noise: 20 });
  expect(Math.max(...white)).toBe(255);
});

test('the same random state gives the same batch', () => {
  const options = { flip: true, shift: 2, brightness: 0.2, noise: 4 };
  const one = augmentBatch(images, [0, 1, 2], { random: createRandom(6), ...options });
  const two = augmentBatch(images, [0, 1, 2], { random: createRandom(6), ...options });
  expect(one).toEqual(two);
});

test.each([
  [{ shift: 5 }, 'shift must be an integer from 0 to 4, got 5'],
  [{ shift: 0.5 }, 'shift must be an integer'],
  [{ brightness: -0.1 }, 'brightness must be a number from 0 to 1'],
  [{ noise: Number.NaN }, 'noise must be a number from 0 to 100, got NaN'],
])('%o is refused', (options, message) => {
  expect(() => augmentBatch(images, [0], { random: createRandom(1), ...options })).toThrow(message);
});

test('an index out of range is refused everywhere', () => {
  expect(() => gatherBatch(images, [0, 4])).toThrow(
    'gatherBatch: indices[1] must be an integer from 0 to 3, got 4',
  );
  expect(() => selectImages(images, [-1])).toThrow('selectImages: indices[0]');
  expect(() => augmentBatch(images, [0.5], { random: createRandom(1) })).toThrow('augmentBatch: indices[0]');
});

test('selectImages keeps ids and labels together; consecutive images share memory', () => {
  const run = selectImages(images, [1, 2]);
  expect(run.pixels.buffer).toBe(images.pixels.buffer);
  const picked = selectImages(images, [2, 0]);
  expect(picked.pixels.buffer).not.toBe(images.pixels.buffer);
  expect(picked).toMatchObject({ count: 2, ids: ['image 2', 'image 0'], labels: Int32Array.of(2, 0) });
  expect(picked.pixels).toEqual(gatherBatch(images, [2, 0]));
  expect(selectImages(images, []).count).toBe(0);
});
