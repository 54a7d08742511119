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
