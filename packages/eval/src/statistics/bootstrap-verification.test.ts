import { createRandom, type Random } from '@ft/random';
import { expect, test } from 'vitest';
import {
  areaUnderRoc,
  bootstrapVerification,
  compareVerification,
  rocBand,
  tarAtFar,
  thresholdCurve,
  type ThresholdCurve,
} from '../index.ts';
import { weightedCurves } from '../verification/weighted-curves.ts';
import { identityBootstrap } from './identity-bootstrap.ts';

/**
 * People who are easy or hard to recognise: every pair of a person shares that person's offset, of standard
 * deviation `shared`. Each person has two same pairs and two different ones.
 */
function people(random: Random, count: number, shared = 0.5, noise = 0) {
  const offset = Array.from({ length: count }, () => shared * random.normal());
  const pairs = offset.flatMap((own, person) => {
    const other = () => (person + 1 + random.int(count - 1)) % count;
    return [person, person, other(), other()].map((partner) => {
      const same = partner === person;
      const distance = (same ? 2 * own : 1 + own + offset[partner]!) + 0.5 * random.normal();
      return { a: person, b: partner, same, distance, noisy: distance + noise * random.normal() };
    });
  });
  return {
    distances: pairs.map(({ distance }) => distance),
    noisy: pairs.map(({ noisy }) => noisy),
    same: pairs.map(({ same }) => same),
    identityA: pairs.map(({ a }) => a),
    identityB: pairs.map(({ b }) => b),
  };
}

// FT_COVERAGE=2400, with --reporter=verbose, measures what docs/uncertainty.md says.
const long = Number(process.env['FT_COVERAGE'] ?? 0);
const sizes = long > 0 ? [20, 40, 80, 160] : [20, 80];
const samples = long > 0 ? long : 600;

test(`95 % intervals cover the truth in 95 % +- 2 of ${samples} samples of ${sizes.join(' and of ')} people`, async ({
  annotate,
}) => {
  const random = createRandom(14);
  const options = { random, replicates: 300 };
  // Little or much of a distance is the person's.
  const kinds = [0, 0.25, 0.5].map((shared) => ({
    shared,
    truth: areaUnderRoc(thresholdCurve(people(random, 100_000, shared))),
  }));
  const shares: number[] = [];
  for (const size of sizes) {
    let covered = 0;
    for (let sample = 0; sample < samples; sample++) {
      const { shared, truth } = kinds[sample % 3]!;
      const { interval } = bootstrapVerification(people(random, size, shared), areaUnderRoc, options);
      if (interval.low <= truth && truth <= interval.high) covered++;
    }
    shares.push(covered / samples);
    await annotate(`${size} people: ${(100 * shares.at(-1)!).toFixed(1)} %`);
  }
  for (const share of shares) {
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.97);
  }
}, 3_600_000);

test('weights count as copies of the pairs', () => {
  const pairs = { distances: [1, 2, 2, 3, 4], same: [1, 0, 1, 1, 0] };
  const weights = Float64Array.of(2, 0, 1, 3, 2);
  const copies = Array.from(weights).flatMap((weight, pair) => new Array<number>(weight).fill(pair));
  const expected = thresholdCurve({
    distances: copies.map((pair) => pairs.distances[pair]!),
    same: copies.map((pair) => pairs.same[pair]!),
  });
  const curve = weightedCurves('test', pairs)(weights);
  expect(areaUnderRoc(curve)).toBe(areaUnderRoc(expected));
  expect(tarAtFar(curve, 0.3).tar).toBe(tarAtFar(expected, 0.3).tar);
  expect([curve.sameCount, curve.differentCount]).toEqual([6, 2]);
});

const total = (weights: number[]) => weights.reduce((sum, weight) => sum + weight);

test('a resample weighs a different pair by the product of what its people weigh', () => {
  const pairs = people(createRandom(1), 5);
  const seen: number[][] = [];
  identityBootstrap('test', pairs, { random: createRandom(2), replicates: 100 }, (weights) => {
    seen.push([...weights]);
    return [seen.length];
  });
  expect(seen).toHaveLength(201);
  expect(new Set(seen[0])).toEqual(new Set([1]));
  for (const weights of seen.slice(1, 101)) {
    const drawn = [0, 1, 2, 3, 4].map((person) => weights[person * 4]!);
    expect(total(drawn)).toBe(5);
    const expected = pairs.identityA.map((a, pair) => {
      const b = pairs.identityB[pair]!;
      return a === b ? drawn[a] : drawn[a]! * drawn[b]!;
    });
    expect(weights).toEqual(expected);
  }
  // The second bootstrap draws couples of different people, each with all of its pairs.
  const couple = (pair: number) => [pairs.identityA[pair]!, pairs.identityB[pair]!].sort().join(' ');
  const couples = new Map<string, number[]>();
  for (const [pair, same] of pairs.same.entries()) {
    if (!same) couples.set(couple(pair), [...(couples.get(couple(pair)) ?? []), pair]);
  }
  expect(Math.max(...[...couples.values()].map((own) => own.length))).toBeGreaterThan(1);
  for (const weights of seen.slice(101)) {
    expect(new Set(weights.filter((_, pair) => pairs.same[pair]))).toEqual(new Set([1]));
    const drawn = [...couples.values()].map((own) => new Set(own.map((pair) => weights[pair]!)));
    expect(drawn.every(({ size }) => size === 1)).toBe(true);
    expect(total(drawn.map(([times]) => times!))).toBe(couples.size);
  }
});

test('a seed gives the same interval again', () => {
  const pairs = people(createRandom(1), 20);
  const run = () => bootstrapVerification(pairs, areaUnderRoc, { random: createRandom(5), replicates: 100 });
  expect(run()).toEqual(run());
  expect(run().estimate).toBe(areaUnderRoc(thresholdCurve(pairs)));
});

test('a paired comparison sees a small loss that two single intervals do not', () => {
  const pairs = people(createRandom(3), 200, 0.5, 0.5);
  const options = { random: createRandom(4), replicates: 300 };
  const comparison = compareVerification(pairs, pairs.noisy, areaUnderRoc, options);
  expect(comparison.difference).toBeLessThan(0);
  expect(comparison.interval.high).toBeLessThan(0);
  expect(comparison.pValue).toBeLessThan(0.05);
  const single = bootstrapVerification(pairs, areaUnderRoc, options).interval;
  expect(single.low).toBeLessThan(comparison.second);
  const itself = compareVerification(pairs, pairs.distances, areaUnderRoc, options);
  expect(itself).toMatchObject({ difference: 0, pValue: 1, interval: { low: 0, high: 0 } });
});

const good = people(createRandom(1), 5);
test.each([
  [{ identityA: [1] }, {}, 'identityA must be of the length of distances, 20'],
  [{ identityB: good.identityA }, {}, 'same must be true exactly where the two identities are equal'],
  [{}, { replicates: 5 }, 'replicates must be an integer from 100, got 5'],
  [{}, { level: 95 }, 'level must be in (0, 1), got 95'],
  [{ same: good.same.map(() => true) }, {}, 'same must be true for some pairs and false for others'],
])('refuses %o with options %o', (pairs, options, message) => {
  const random = createRandom(1);
  expect(() => bootstrapVerification({ ...good, ...pairs }, areaUnderRoc, { random, ...options })).toThrow(
    message,
  );
});

test('a band holds the interval of each rate by itself, and surrounds the curve', () => {
  const pairs = people(createRandom(6), 60);
  const band = rocBand(pairs, { random: createRandom(7), replicates: 200 });
  expect(band.far.at(-1)).toBe(1);
  expect(band.far[0]! * 120).toBeGreaterThanOrEqual(1 - 1e-9);
  expect(band.far[0]! * 120).toBeLessThan(10 ** (1 / 6));
  const curve = thresholdCurve(pairs);
  for (const [i, far] of band.far.entries()) {
    const { tar } = tarAtFar(curve, far);
    expect(band.low[i]).toBeLessThanOrEqual(tar);
    expect(band.high[i]).toBeGreaterThanOrEqual(tar);
    expect(band.high[i]).toBeLessThanOrEqual(1);
  }
  const statistic = (given: ThresholdCurve) => tarAtFar(given, band.far[5]!).tar;
  const options = { random: createRandom(7), replicates: 200 };
  const { interval } = bootstrapVerification(pairs, statistic, options);
  expect([band.low[5], band.high[5]]).toEqual([interval.low, interval.high]);
});
