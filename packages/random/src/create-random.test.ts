import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from './index.ts';

const draws = (seed: number, stream?: string, count = 20) => {
  const random = createRandom(seed, stream);
  return Array.from({ length: count }, () => random.next());
};

test('same seed and stream: same numbers; another seed or stream: others', () => {
  expect(draws(1, 'sampler')).toEqual(draws(1, 'sampler'));
  expect(draws(1, 'sampler')).not.toEqual(draws(2, 'sampler'));
  expect(draws(1, 'sampler')).not.toEqual(draws(1, 'miner'));
});

test('streams of neighbouring seeds are not correlated', () => {
  const first = Array.from({ length: 2000 }, (_, seed) => createRandom(seed).next());
  const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
  expect(mean).toBeGreaterThan(0.47);
  expect(mean).toBeLessThan(0.53);
  let product = 0;
  for (let i = 1; i < first.length; i++) product += (first[i]! - mean) * (first[i - 1]! - mean);
  expect(Math.abs((product / first.length) * 12)).toBeLessThan(0.08);
});

test('int is uniform (chi-square, 9 degrees of freedom, p > 0.001)', () => {
  const random = createRandom(7);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[random.int(10)]! += 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(27.9);
});

test('normal has mean 0 and variance 1', () => {
  const random = createRandom(3);
  const values = Array.from({ length: 50_000 }, () => random.normal());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});

test('a restored state continues the same sequence', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(50), (seed, skip) => {
      const random = createRandom(seed);
      for (let i = 0; i < skip; i++) random.int(5);
      const saved = random.state();
      const expected = [random.next(), random.int(1000), random.normal()];
      const other = createRandom(0);
      other.restore(JSON.parse(JSON.stringify(saved)));
      expect([other.next(), other.int(1000), other.normal()]).toEqual(expected);
    }),
  );
});

test('shuffle keeps the items and reaches every order', () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 200; seed++) orders.add(createRandom(seed).shuffle([1, 2, 3]).join(''));
  expect([...orders].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
});

test('bad input is refused with a sentence', () => {
  expect(() => createRandom(Number.NaN)).toThrow('createRandom: seed must be a safe integer, got NaN.');
  expect(() => createRandom(1).int(0)).toThrow('Random.int: bound must be an integer from 1 to 2^32, got 0.');
  expect(() => createRandom(1).restore([0, 0, 0, 0])).toThrow('Random.restore: state must be');
});
