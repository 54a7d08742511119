import { expect, test } from 'vitest';
import { createMiner, hard, minerNames, randomHard, semiHard } from './index.ts';

test('every name makes a miner of that name, with plain options', () => {
  for (const name of minerNames()) {
    const miner = createMiner(name);
    expect(miner.name).toBe(name);
    expect(JSON.parse(JSON.stringify(miner.options))).toEqual(miner.options);
    expect(createMiner(name, miner.options).options).toEqual(miner.options);
  }
});

test('defaults are filled in', () => {
  expect(hard().options).toEqual({ margin: 0.2 });
  expect(semiHard({ margin: 0.3 }).options).toEqual({ margin: 0.3, band: 0.3, choice: 'random' });
  expect(randomHard({ maxTriplets: 5 }).options).toEqual({ margin: 0.2, floor: 0, maxTriplets: 5 });
});

test('an unknown name is an error with the nearest names', () => {
  expect(() => createMiner('semihard')).toThrow(
    expect.objectContaining({
      code: 'FT_UNKNOWN_MINER',
      message: expect.stringMatching(
        /^There is no miner "semihard"; known are random, .* Did you mean "semi-hard"/,
      ),
    }),
  );
  expect(() => createMiner('toString')).toThrow('There is no miner "toString"');
});

test.each([
  [
    { margn: 0.2 },
    'miner "semi-hard": every option must be one of margin, band, choice, maxTriplets, maxPerAnchor, maxPositiveDistance, got "margn". Did you mean "margin"?',
  ],
  [{ margin: 0 }, 'miner "semi-hard": margin must be a number above 0, got 0.'],
  [{ margin: Number.NaN }, 'margin must be a number above 0, got NaN.'],
  [{ band: Infinity }, 'band must be a number above 0, got Infinity.'],
  [{ choice: 'seminard' }, 'choice must be "random", "hardest" or "all", got "seminard".'],
  [{ maxTriplets: 0 }, 'maxTriplets must be an integer of at least 1, got 0.'],
  [{ maxPerAnchor: 1.5 }, 'maxPerAnchor must be an integer of at least 1, got 1.5.'],
  [[0.2], 'miner "semi-hard": options must be an object, got [0.2].'],
])('a wrong option is named: %o', (options, message) => {
  expect(() => createMiner('semi-hard', options)).toThrow(
    expect.objectContaining({ code: 'FT_INVALID_ARGUMENT', message: expect.stringContaining(message) }),
  );
});

test.each([
  [
    'batch-easy-hard',
    { positive: 'semi-hard' },
    'positive must be "easy" or "hard" where negative is "semi-hard"',
  ],
  ['batch-easy-hard', { positiveRange: [1, 0] }, 'positiveRange must be two numbers, the lower first'],
  ['batch-easy-hard', { negative: 'all' }, 'negative must be "easy", "semi-hard" or "hard", got "all"'],
  ['triplet-margin', { type: 'semihard' }, 'type must be "all", "hard", "semi-hard" or "easy"'],
  ['triplet-margin', { measure: 'l2' }, 'measure must be "euclidean", "squared-euclidean" or "cosine"'],
  ['rank-range', { negativeRanks: [0, 2] }, 'must be an integer of at least 1'],
  ['rank-range', { negativeRanks: 2 }, 'negativeRanks must be two integers of at least 1, the lower first'],
  ['angular', { angle: 90 }, 'angle must be a number above 0 and below 90'],
  ['hard-aware-cascade', { fraction: 0 }, 'fraction must be a number above 0 and at most 1'],
  ['uniform-histogram', { bins: 0 }, 'bins must be an integer of at least 1'],
  [
    'pair-margin',
    { maxTriplets: 3 },
    'every option must be one of positiveMargin, negativeMargin, measure, maxPairs',
  ],
])('%s refuses %o', (name, options, message) => {
  expect(() => createMiner(name, options)).toThrow(message);
});
