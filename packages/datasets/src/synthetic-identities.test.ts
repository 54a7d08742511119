import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { samplePairs, syntheticIdentities } from './index.ts';

const small = { identities: 3, imagesPerIdentity: 2, size: 32, seed: 1 };

test('the same seed draws the same faces, another seed others, and more leave the first as they were', () => {
  const faces = syntheticIdentities(small);
  expect(syntheticIdentities(small)).toEqual(faces);
  expect(syntheticIdentities({ ...small, seed: 2 }).pixels).not.toEqual(faces.pixels);
  const more = syntheticIdentities({ ...small, identities: 5 });
  expect(more.pixels.subarray(0, faces.pixels.length)).toEqual(faces.pixels);
  expect(faces).toMatchObject({ count: 6, height: 32, labels: Int32Array.of(0, 0, 1, 1, 2, 2), skipped: [] });
  expect(faces.ids[3]).toBe('synthetic_000001/000001');
});

/** Best accuracy of "same if the pixels are nearer than a threshold" on balanced pairs. */
function pixelAccuracy(nuisance: number): number {
  const faces = syntheticIdentities({ identities: 100, imagesPerIdentity: 4, size: 32, seed: 7, nuisance });
  const { a, b, same } = samplePairs(faces.labels, { count: 1000, random: createRandom(1) });
  const length = 32 * 32 * 3;
  const scored = Array.from(a, (first, i) => {
    let distance = 0;
    for (let k = 0; k < length; k++) {
      distance += (faces.pixels[first * length + k]! - faces.pixels[b[i]! * length + k]!) ** 2;
    }
    return { distance, same: same[i] === 1 };
  }).sort((x, y) => x.distance - y.distance);
  let correct = 500;
  let best = correct;
  for (const pair of scored) {
    correct += pair.same ? 1 : -1;
    best = Math.max(best, correct);
  }
  return best / 1000;
}

test('raw pixels hardly tell people apart, so that a network has something to learn', () => {
  const accuracy = pixelAccuracy(1);
  expect(accuracy).toBeGreaterThan(0.56);
  expect(accuracy).toBeLessThan(0.75);
});

test('it is the nuisance that makes it hard', () => {
  expect(pixelAccuracy(0)).toBeGreaterThan(pixelAccuracy(1) + 0.08);
});

test.each([
  [{ identities: 0 }, 'identities must be an integer from 1'],
  [{ imagesPerIdentity: 1.5 }, 'imagesPerIdentity must be an integer from 1'],
  [{ size: 8 }, 'size must be an integer from 16 to 512, got 8'],
  [{ seed: 0.5 }, 'seed must be a safe integer'],
  [{ nuisance: 3 }, 'nuisance must be a number from 0 to 2, got 3'],
])('%o is refused', (change, message) => {
  expect(() => syntheticIdentities({ ...small, ...change })).toThrow(message);
});
