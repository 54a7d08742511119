import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitIdentities } from './index.ts';

test('every image is on one side, no identity is on both, and the share is met', () => {
  const labelLists = fc.array(fc.nat(30), { minLength: 60, maxLength: 200 });
  fc.assert(
    fc.property(
      labelLists,
      fc.double({ min: 0.2, max: 0.8, noNaN: true }),
      fc.nat(99),
      (labels, fraction, seed) => {
        const people = new Set(labels).size;
        fc.pre(people >= 10);
        const { train, test: held } = splitIdentities(labels, { fraction, random: createRandom(seed) });
        expect([...train, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        expect([...train].sort((a, b) => a - b)).toEqual([...train]);
        const trainPeople = new Set([...train].map((i) => labels[i]));
        const heldPeople = new Set([...held].map((i) => labels[i]));
        for (const person of heldPeople) expect(trainPeople.has(person)).toBe(false);
        expect(Math.abs(heldPeople.size - people * fraction)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('people with many images are shared out like the others', () => {
  const labels = Array.from({ length: 100 }, (_, label) => new Array(label < 20 ? 10 : 1).fill(label)).flat();
  for (let seed = 0; seed < 20; seed++) {
    const { test: held } = splitIdentities(labels, { fraction: 0.5, random: createRandom(seed) });
    expect(new Set([...held].map((i) => labels[i]!).filter((label) => label < 20)).size).toBe(10);
  }
});

test('a fraction outside (0, 1) and a side without people are refused', () => {
  const random = createRandom(1);
  expect(() => splitIdentities([0, 1], { fraction: 1, random })).toThrow('fraction must be a number between');
  expect(() => splitIdentities([0, 0], { fraction: 0.5, random })).toThrow(
    'splitIdentities: labels must be enough',
  );
});
