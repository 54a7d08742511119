import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { fpirThreshold, pairDistances, splitGallery, type FpirInput } from '../index.ts';

const random = createRandom(1);
const labels = Int32Array.from({ length: 300 }, (_, row) => row % 120);
const set = {
  embeddings: Float32Array.from({ length: 300 * 4 }, () => random.normal()),
  dimension: 4,
  measure: 'euclidean' as const,
  labels,
};

test('is the loosest threshold within the limit, on the nearest distances of strangers', () => {
  const options = { people: 30, imagesPerPerson: 2, divisions: 3 };
  const chosen = fpirThreshold({ ...set, ...options, limit: 0.05, random: createRandom(7) });
  const again = createRandom(7);
  const nearest = [0, 1, 2].flatMap(() => {
    const { gallery, unknown } = splitGallery(labels, {
      random: again,
      people: 30,
      imagesPerPerson: 2,
      minimumImages: 2,
    });
    expect([gallery.length, new Set(gallery.map((row) => labels[row]!)).size]).toEqual([60, 30]);
    return [...unknown].map((probe) =>
      Math.min(
        ...pairDistances(
          set.embeddings,
          4,
          gallery.map(() => probe),
          gallery,
          'euclidean',
        ),
      ),
    );
  });
  const named = (threshold: number) => nearest.filter((distance) => distance < threshold).length;
  expect(chosen.probes).toBe(nearest.length);
  expect(named(chosen.threshold - 1e-12) / nearest.length).toBeCloseTo(chosen.fpir, 12);
  expect(chosen.fpir).toBeLessThanOrEqual(0.05);
  expect(named(chosen.threshold + 1e-9) / nearest.length).toBeGreaterThan(0.05);
  expect(chosen.resolved).toBe(true);
});

const of = (people: number) =>
  fpirThreshold({ ...set, people, limit: 0.1, random: createRandom(3) }).threshold;

test('more people enrolled ask for a tighter threshold', () => {
  expect(of(5)).toBeGreaterThan(of(25));
  expect(of(25)).toBeGreaterThan(of(100));
});

test('says where there are too few strangers to tell, and holds on others of the same kind', () => {
  expect(fpirThreshold({ ...set, people: 100, limit: 0.01, random: createRandom(3) }).resolved).toBe(false);
  // Threshold on one half of the people, strangers of the other half in a gallery of the other half.
  const half = (first: boolean): FpirInput => {
    const rows = [...labels.keys()].filter((row) => labels[row]! < 60 === first);
    return {
      ...set,
      embeddings: Float32Array.from(
        rows.flatMap((row) => [...set.embeddings.subarray(row * 4, row * 4 + 4)]),
      ),
      labels: Int32Array.from(rows, (row) => labels[row]!),
      people: 20,
      limit: 0.2,
      random: createRandom(4),
    };
  };
  const chosen = fpirThreshold(half(true));
  const other = fpirThreshold({ ...half(false), limit: 0.2 });
  expect(Math.abs(chosen.threshold - other.threshold)).toBeLessThan(0.15 * chosen.threshold);
});

test.each<[Partial<FpirInput>, string]>([
  [{ people: 120 }, 'people must be fewer than the people there are'],
  [{ people: 121 }, 'people must be an integer from 1 to 120'],
  [{ limit: 1.5 }, 'limit must be in [0, 1], got 1.5'],
  [{ divisions: 0 }, 'divisions must be an integer from 1, got 0'],
  [{ labels: Int32Array.of(1) }, 'labels must be one for each of 300 embeddings'],
])('refuses %o', (wrong, message) => {
  expect(() => fpirThreshold({ ...set, people: 10, limit: 0.1, random: createRandom(1), ...wrong })).toThrow(
    message,
  );
});
