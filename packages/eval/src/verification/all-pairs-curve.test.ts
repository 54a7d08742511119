import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import {
  allPairsCurve,
  areaUnderRoc,
  bestThreshold,
  equalErrorRate,
  pairDistances,
  tarAtFar,
  thresholdCurve,
} from '../index.ts';

/** Few distinct coordinates, so that many distances are equal. */
function labelledSet(seed: number, count: number, levels: number) {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: count }, () => random.int(Math.ceil(count / 4)));
  const embeddings = Float32Array.from(
    { length: count * 3 },
    (_, i) => Math.round((random.normal() + (labels[Math.floor(i / 3)]! % 3)) * levels) / levels,
  );
  return { labels, set: { embeddings, dimension: 3, measure: 'squared-euclidean' } as const };
}

test.each([
  [1, 40, 1],
  [2, 60, 2],
  [3, 90, 1e6],
])(
  'the compact curve measures what the full one measures: seed %i, %i rows, %d levels',
  (seed, count, levels) => {
    const { labels, set } = labelledSet(seed, count, levels);
    const pairs = Array.from({ length: count }, (_, a) =>
      Array.from({ length: count - a - 1 }, (__, i) => [a, a + 1 + i] as const),
    ).flat();
    const a = Int32Array.from(pairs, ([row]) => row);
    const b = Int32Array.from(pairs, ([, row]) => row);
    const distances = pairDistances(set.embeddings, 3, a, b, set.measure);
    const same = pairs.map(([i, j]) => labels[i] === labels[j]);
    // Rounding differs between the two ways to the last digits, so levels are made equal here.
    const full = thresholdCurve({ distances: distances.map((value) => Math.round(value * 1e9) / 1e9), same });
    const compact = allPairsCurve(set, labels);

    expect([compact.sameCount, compact.differentCount]).toEqual([full.sameCount, full.differentCount]);
    expect(areaUnderRoc(compact)).toBeCloseTo(areaUnderRoc(full), 12);
    expect(equalErrorRate(compact).rate).toBeCloseTo(equalErrorRate(full).rate, 12);
    expect(bestThreshold(compact).accuracy).toBe(bestThreshold(full).accuracy);
    expect(bestThreshold(compact).threshold).toBeCloseTo(bestThreshold(full).threshold, 8);
    for (const far of [0, 0.01, 0.1, 0.5, 1]) {
      const found = tarAtFar(compact, far);
      expect(found.tar).toBe(tarAtFar(full, far).tar);
      const accepted = distances.filter((distance, i) => !same[i] && distance < found.threshold).length;
      expect(accepted / full.differentCount).toBe(found.achievedFar);
      expect(found.achievedFar).toBeLessThanOrEqual(far);
    }
  },
);

test('refuses a set without one of the two classes of pairs', () => {
  const set = { embeddings: Float32Array.of(1, 2, 3), dimension: 1, measure: 'euclidean' } as const;
  expect(() => allPairsCurve(set, Int32Array.of(1, 2, 3))).toThrow('got "0 same pairs of 3"');
  expect(() => allPairsCurve(set, Int32Array.of(1, 1, 1))).toThrow('got "3 same pairs of 3"');
  expect(() => allPairsCurve(set, Int32Array.of(1, 1))).toThrow(
    'labels must be one for each of 3 embeddings',
  );
});
