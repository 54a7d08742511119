import { expect, test } from 'vitest';
import { defineMiner, isMiner, MINER_API_VERSION, type MinedTriplets } from './index.ts';

const nothing = (): MinedTriplets => ({
  kind: 'triplets',
  anchors: new Int32Array(),
  positives: new Int32Array(),
  negatives: new Int32Array(),
  statistics: { considered: 0, skipped: {} },
});

test('a defined miner is stamped, frozen, and keeps a copy of its options', () => {
  const options = { margin: 0.2 };
  const miner = defineMiner({ name: 'semi-hard', output: 'triplets', options, mine: nothing });
  options.margin = 9;
  expect(miner).toMatchObject({ name: 'semi-hard', apiVersion: MINER_API_VERSION, options: { margin: 0.2 } });
  expect(isMiner(miner)).toBe(true);
  expect(Object.isFrozen(miner)).toBe(true);
});

test('anything else is not a miner', () => {
  for (const value of [null, undefined, 'hard', {}, { name: 'hard', apiVersion: 1, mine: nothing }]) {
    expect(isMiner(value)).toBe(false);
  }
});

test.each([
  [{ name: 'Semi Hard' }, 'defineMiner: name must be lower-case words'],
  [{ output: 'quads' }, 'defineMiner: output must be "triplets" or "pairs", got "quads".'],
  [{ mine: undefined }, 'defineMiner: mine must be a function, got undefined.'],
])('a wrong field is named: %o', (wrong, message) => {
  const miner = { name: 'hard', output: 'triplets', options: {}, mine: nothing, ...wrong };
  expect(() => defineMiner(miner as never)).toThrow(message);
});
