import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createGallery,
  decide,
  evaluateDecision,
  ModelMismatchError,
  type Aggregation,
  type OperatingPoint,
} from '../index.ts';

const point: OperatingPoint = {
  version: 1,
  model: 'net',
  measure: 'euclidean',
  policy: { kind: 'accuracy' },
  threshold: 2,
  far: 0.01,
  frr: 0.02,
  pairs: { same: 10, different: 10 },
  calibration: { method: 'temperature', sameShare: 0.5, threshold: 2, temperature: 0.5 },
};

/** People on a line: Ann at 0 and 3, Bob at 5, Cid at 20, 21 and 22. */
const line = {
  embeddings: Float32Array.of(0, 3, 5, 20, 21, 22),
  names: ['Ann', 'Ann', 'Bob', 'Cid', 'Cid', 'Cid'],
  dimension: 1,
  measure: 'euclidean' as const,
  model: 'net',
};
const gallery = createGallery(line);
const at = (position: number) => Float32Array.of(position);

test.each<[Aggregation, number[]]>([
  ['nearest', [1, 1, 16]],
  ['mean', [2.5, 1, 17]],
  ['centroid', [2.5, 1, 17]],
  [{ nearestMean: 2 }, [2.5, 1, 16.5]],
  [{ nearestMean: 1 }, [1, 1, 16]],
])('distances of a probe at 4 by %o', (aggregation, [ann, bob, cid]) => {
  const search = createGallery({ ...line, aggregation }).search(at(4), { neighbours: 4, candidates: 9 });
  const { distances, candidates, neighbours } = search;
  expect([...distances]).toEqual([ann, bob, cid]);
  const byName = Object.fromEntries(candidates.map(({ name, distance }) => [name, distance]));
  expect(byName).toEqual({ Ann: ann, Bob: bob, Cid: cid });
  expect(candidates.map(({ distance }) => distance)).toEqual([ann, bob, cid].toSorted((a, b) => a! - b!));
  expect(neighbours).toEqual(['Ann', 'Bob', 'Ann', 'Cid']);
});

test('a centroid of directions is one for the cosine', () => {
  const set = { embeddings: Float32Array.of(10, 0, 0, 1), dimension: 2, measure: 'cosine' as const };
  const both = createGallery({ ...set, names: ['Ann', 'Ann'], aggregation: 'centroid' });
  expect(both.search(Float32Array.of(3, 3)).candidates[0]!.distance).toBeCloseTo(0, 12);
});

test('near one person only: identified, with every stage explained', () => {
  const decision = decide(gallery, at(20.5), {
    point,
    minimumMargin: 1,
    vote: { k: 3, share: 1 },
    minimumImages: 3,
  });
  expect(decision).toMatchObject({ outcome: 'identified', name: 'Cid', margin: 15, votes: 1 });
  expect(decision.candidate).toEqual({ name: 'Cid', distance: 0.5 });
  expect(decision.probability).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  expect(decision.reasons.map(({ stage, passed }) => [stage, passed])).toEqual([
    ['recognise', true],
    ['verify', true],
    ['agree', true],
    ['agree', true],
    ['agree', true],
  ]);
  expect(decision.reasons[1]!.text).toBe('The distance 0.5 is below the threshold 2.');
  expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
});

test.each([
  ['too far from everybody', 12, {}, 'rejected', 'The distance 7 is not below the threshold 2.'],
  ['at the threshold', 7, {}, 'rejected', 'The distance 2 is not below the threshold 2.'],
  ['as near to two', 4, {}, 'ambiguous', 'Ann and Bob are equally near, at 1.'],
  [
    'too small a margin',
    4.25,
    { minimumMargin: 1 },
    'ambiguous',
    'Ann is 0.5 farther; at least 1 is asked for.',
  ],
  [
    'too few votes',
    5,
    { vote: { k: 3, share: 0.5 } },
    'ambiguous',
    '0.3333 of the 3 nearest images are of Bob; at least 0.5 is asked for.',
  ],
  [
    'too few images',
    5,
    { minimumImages: 2 },
    'ambiguous',
    'Bob has 1 enrolled images; at least 2 are asked for.',
  ],
])('%s', (_, position, rules, outcome, text) => {
  const decision = decide(gallery, at(position), { point, ...rules });
  expect(decision).toMatchObject({ outcome, name: null });
  expect(decision.reasons.filter(({ passed }) => !passed).map((reason) => reason.text)).toContain(text);
});

const outcome = (position: number, mode: 'recognition' | 'verification') => {
  const decision = decide(gallery, at(position), { point, mode });
  return [decision.outcome, decision.name];
};

test('the single stages by themselves', () => {
  expect(outcome(100, 'recognition')).toEqual(['identified', 'Cid']);
  expect(outcome(4, 'recognition')).toEqual(['ambiguous', null]);
  expect(outcome(100, 'verification')).toEqual(['rejected', null]);
  expect(outcome(20, 'verification')).toEqual(['identified', 'Cid']);
  expect(outcome(4.2, 'verification')).toEqual(['ambiguous', null]);
});

test('the person named is the one whose own images gave the distance', () => {
  const aggregations = fc.constantFrom<Aggregation>('nearest', 'mean', 'centroid', { nearestMean: 2 });
  fc.assert(
    fc.property(aggregations, fc.integer({ min: -4, max: 26 }), (aggregation, position) => {
      const people = createGallery({ ...line, aggregation });
      const decision = decide(people, at(position), { point, vote: { k: 3, share: 0.1 } });
      const own = line.names.flatMap((name, i) => (name === decision.candidate.name ? [i] : []));
      const alone = createGallery({
        ...line,
        aggregation,
        embeddings: line.embeddings.filter((_, i) => own.includes(i)),
        names: own.map((i) => line.names[i]!),
      });
      expect(alone.search(at(position)).candidates[0]!.distance).toBe(decision.candidate.distance);
      expect(decision.name === null || decision.candidate.distance < decision.threshold).toBe(true);
    }),
  );
});

test('ablation: the same probes by each way of deciding', () => {
  const probes = {
    embeddings: Float32Array.of(0.5, 4.2, 20, 12, 100),
    names: ['Ann', 'Ann', 'Cid', 'Dan', 'Eve'],
  };
  const [recognition, verification, combined] = evaluateDecision(gallery, probes, { point }, createRandom(1));
  expect(recognition).toMatchObject({
    mode: 'recognition',
    known: { count: 3, identified: 2, misidentified: 1, rejected: 0, ambiguous: 0 },
    unknown: { count: 2, misidentified: 2, rejected: 0, ambiguous: 0 },
    right: 0.4,
    wrong: 0.6,
  });
  expect(verification).toMatchObject({
    known: { identified: 2, misidentified: 0, ambiguous: 1 },
    unknown: { rejected: 2 },
    right: 0.8,
    wrong: 0,
  });
  expect(combined).toMatchObject({ known: { identified: 2, misidentified: 1 }, right: 0.8, wrong: 0.2 });
  expect(combined!.rightInterval.low).toBeLessThan(0.8);
  expect(combined!.rightInterval.high).toBe(1);
  expect(verification!.wrongInterval).toMatchObject({ low: 0, high: 0 });
});

test('a threshold of another network or measure is refused', () => {
  expect(() => decide(gallery, at(1), { point: { ...point, measure: 'cosine' } })).toThrow(
    'point.measure must be that of the gallery, \'euclidean\', got "cosine"',
  );
  expect(() => decide(gallery, at(1), { point: { ...point, model: 'other' } })).toThrow(ModelMismatchError);
});

test.each([
  [() => createGallery({ ...line, names: ['Ann'] }), 'names must be one for each of 6 embeddings'],
  [
    () => createGallery({ ...line, aggregation: { nearestMean: 0 } }),
    "aggregation must be 'nearest', 'mean'",
  ],
  [() => decide(gallery, Float32Array.of(1, 2), { point }), 'probe must be one embedding of 1 numbers'],
  [() => decide(gallery, at(Number.NaN), { point }), 'embeddings must be finite'],
  [() => decide(gallery, at(1), { point, mode: 'best' as never }), "mode must be 'recognition'"],
  [
    () => decide(gallery, at(1), { point, minimumMargin: -1 }),
    'minimumMargin must be a number from 0, got -1',
  ],
  [
    () => decide(gallery, at(1), { point, minimumImages: 0 }),
    'minimumImages must be an integer from 1, got 0',
  ],
  [
    () => decide(gallery, at(1), { point, vote: { k: 0, share: 1 } }),
    'vote.k must be an integer from 1, got 0',
  ],
  [() => decide(gallery, at(1), { point, vote: { k: 3, share: 0 } }), 'vote.share must be in (0, 1], got 0'],
  [
    () => evaluateDecision(gallery, { embeddings: at(1), names: [] }, { point }, createRandom(1)),
    'names must be one for each of 1 probes',
  ],
])('refuses: %s', (call, message) => {
  expect(call).toThrow(message);
});
