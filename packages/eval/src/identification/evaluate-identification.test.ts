import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateIdentification, pairDistances, splitGallery } from '../index.ts';

/** People around their own centres, on a grid: squared distances are exact and often equal. */
function crowd(seed: number, people: number) {
  const random = createRandom(seed);
  const labels: number[] = [];
  const embeddings: number[] = [];
  for (let person = 0; person < people; person++) {
    const centre = [random.normal(), random.normal()];
    for (let image = 1 + random.int(5); image > 0; image--) {
      labels.push(100 - person);
      for (const value of centre) {
        embeddings.push(Math.round((value + 0.4 * random.normal()) * 4));
      }
    }
  }
  return {
    labels: Int32Array.from(labels),
    embeddings: Float32Array.from(embeddings),
    dimension: 2,
    measure: 'squared-euclidean' as const,
  };
}

test.each([1, 2, 3])('equals the definition: seed %i', (seed) => {
  const set = crowd(seed, 40);
  const split = splitGallery(set.labels, { random: createRandom(seed), people: 15, imagesPerPerson: 2 });
  const limits = [0, 0.1, 0.3, 1];
  const result = evaluateIdentification({ ...set, split, fpirLimits: limits, maximumRank: 99 });

  const people = [...new Set(Array.from(split.gallery, (row) => set.labels[row]!))];
  const toPeople = (probe: number) =>
    people.map((label) => {
      const rows = split.gallery.filter((row) => set.labels[row] === label);
      return Math.min(
        ...pairDistances(
          set.embeddings,
          2,
          rows.map(() => probe),
          rows,
          'euclidean',
        ),
      );
    });
  const known = Array.from(split.known, (probe) => {
    const distances = toPeople(probe);
    const own = distances[people.indexOf(set.labels[probe]!)]!;
    const others = distances.map((distance, i) => (people[i] === set.labels[probe] ? Infinity : distance));
    const other = people[others.indexOf(Math.min(...others))]!;
    return {
      own,
      rank: distances.filter((distance) => distance <= own).length,
      label: set.labels[probe]!,
      other,
    };
  });
  const unknown = Array.from(split.unknown, (probe) => Math.min(...toPeople(probe)));

  expect(result.people).toBe(15);
  expect(result.cmc).toHaveLength(15);
  for (const [index, share] of result.cmc.entries()) {
    expect(share).toBeCloseTo(known.filter(({ rank }) => rank <= index + 1).length / known.length, 12);
  }
  expect(result.cmc.at(-1)).toBeCloseTo(1, 12);
  const wrong = known.filter(({ rank }) => rank > 1);
  expect(result.confusions.reduce((sum, { count }) => sum + count, 0)).toBe(wrong.length);
  for (const { label, takenFor, count } of result.confusions) {
    expect(wrong.filter((probe) => probe.label === label && probe.other === takenFor)).toHaveLength(count);
  }
  const counts = result.confusions.map(({ count }) => count);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  for (const [index, rates] of result.open.entries()) {
    const named = (threshold: number) => unknown.filter((distance) => distance < threshold).length;
    expect(rates.achievedFpir).toBe(named(rates.threshold) / unknown.length);
    expect(rates.achievedFpir).toBeLessThanOrEqual(limits[index]!);
    const right = known.filter(({ own, rank }) => rank === 1 && own < rates.threshold).length;
    expect(rates.dir).toBe(right / known.length);
    expect(rates.fnir).toBe(1 - rates.dir);
    // No looser threshold keeps the limit.
    const looser = unknown.filter((distance) => distance <= rates.threshold).length;
    expect(looser / unknown.length > limits[index]! || limits[index] === 1).toBe(true);
  }
  expect(result.open.map(({ resolved }) => resolved)).toEqual([false, true, true, true]);
});

test('a split puts every row in one part, by its rules, and follows the seed', () => {
  const { labels } = crowd(4, 30);
  const options = { imagesPerPerson: 2, minimumImages: 4, people: 5 };
  const split = splitGallery(labels, { ...options, random: createRandom(1) });
  expect(splitGallery(labels, { ...options, random: createRandom(1) })).toEqual(split);
  expect(splitGallery(labels, { ...options, random: createRandom(2) })).not.toEqual(split);
  const { gallery, known, unknown } = split;
  expect([...gallery, ...known, ...unknown].sort((a, b) => a - b)).toEqual(
    Array.from(labels, (_, row) => row),
  );
  const people = new Set(Array.from(gallery, (row) => labels[row]!));
  expect([gallery.length, people.size]).toEqual([10, 5]);
  for (const label of people) expect(labels.filter((other) => other === label).length).toBeGreaterThan(3);
  expect(known.every((row) => people.has(labels[row]!))).toBe(true);
  expect(unknown.some((row) => people.has(labels[row]!))).toBe(false);
});

test('without unknown probes there is a closed set only', () => {
  const set = { embeddings: Float32Array.of(0, 1, 5, 6), dimension: 1, measure: 'euclidean' as const };
  const split = { gallery: Int32Array.of(0, 2), known: Int32Array.of(1, 3), unknown: new Int32Array() };
  const result = evaluateIdentification({ ...set, labels: Int32Array.of(1, 1, 2, 2), split });
  expect(result).toEqual({
    people: 2,
    probes: { known: 2, unknown: 0 },
    cmc: [1, 1],
    confusions: [],
    open: [],
  });
});

test('a collapsed network identifies nobody', () => {
  const set = { embeddings: new Float32Array(5).fill(1), dimension: 1, measure: 'euclidean' as const };
  const split = { gallery: Int32Array.of(0, 2), known: Int32Array.of(1, 3), unknown: Int32Array.of(4) };
  const result = evaluateIdentification({ ...set, labels: Int32Array.of(1, 1, 2, 2, 3), split });
  expect(result.cmc).toEqual([0, 1]);
  expect(result.open[0]).toMatchObject({ dir: 0, achievedFpir: 0 });
});

const labels = Int32Array.of(1, 1, 2, 2);
const base = { embeddings: Float32Array.of(0, 1, 5, 6), dimension: 1, measure: 'euclidean' as const, labels };
const rows = (...values: number[]) => Int32Array.from(values);
test.each([
  [{ gallery: rows(), known: rows(1), unknown: rows() }, 'split.gallery must be at least 1 rows'],
  [{ gallery: rows(0), known: rows(), unknown: rows(2) }, 'split.known must be at least 1 rows'],
  [
    { gallery: rows(0), known: rows(9), unknown: rows() },
    'split.known must be at least 1 rows from 0 to 3, got 9',
  ],
  [
    { gallery: rows(0), known: rows(2), unknown: rows() },
    'split.known must be images of enrolled people only',
  ],
  [
    { gallery: rows(0), known: rows(1), unknown: rows(1) },
    'split.unknown must be images of people who are not',
  ],
])('refuses the split %o', (split, message) => {
  expect(() => evaluateIdentification({ ...base, split })).toThrow(message);
});

test.each([
  [{ people: 3 }, 'people must be an integer from 1 to 2, those with 2 images, got 3'],
  [{ imagesPerPerson: 0 }, 'imagesPerPerson must be an integer from 1, got 0'],
  [{ imagesPerPerson: 2, minimumImages: 1 }, 'minimumImages must be an integer from imagesPerPerson, 2'],
])('refuses to split by %o', (options, message) => {
  expect(() => splitGallery(labels, { random: createRandom(1), ...options })).toThrow(message);
});
