import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import {
  augmentBatch,
  nearDuplicates,
  type PackedImages,
  selectImages,
  syntheticIdentities,
} from './index.ts';

const faces = syntheticIdentities({ identities: 8, imagesPerIdentity: 3, size: 48, seed: 3 });
const all = Array.from({ length: faces.count }, (_, i) => i);

test('equal, brighter and noisy copies are found, other photographs are not', () => {
  const pixels = augmentBatch(faces, all, { random: createRandom(1), brightness: 0.1, noise: 1 });
  const copies: PackedImages = { ...faces, pixels };
  const found = nearDuplicates(faces, copies, { maxDistance: 40 });
  expect(found.map(({ first, second }) => `${first}=${second}`).sort()).toEqual(
    all.map((i) => `${i}=${i}`).sort(),
  );
  expect(found.every(({ identical }) => !identical)).toBe(true);
  expect(nearDuplicates(faces)).toEqual([]);
});

test('inside one data set each pair comes once, nearest first, and equal pixels are marked', () => {
  const twice = selectImages(faces, [0, 1, 2, 1, 5, 0]);
  expect(nearDuplicates(twice)).toEqual([
    { first: 0, second: 5, distance: 0, identical: true },
    { first: 1, second: 3, distance: 0, identical: true },
  ]);
});

test('images of different sizes are compared, but never called identical', () => {
  const small = syntheticIdentities({ identities: 8, imagesPerIdentity: 3, size: 34, seed: 3, nuisance: 0 });
  const large = syntheticIdentities({ identities: 8, imagesPerIdentity: 3, size: 68, seed: 3, nuisance: 0 });
  const found = nearDuplicates(small, large, { maxDistance: 40 });
  expect(found.length).toBeGreaterThan(0);
  expect(found.some(({ identical }) => identical)).toBe(false);
});

test('a distance out of range is refused', () => {
  expect(() => nearDuplicates(faces, faces, { maxDistance: 300 })).toThrow(
    'maxDistance must be an integer from 0',
  );
});
