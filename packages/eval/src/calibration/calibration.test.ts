import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  calibrate,
  calibratedProbability,
  chooseThreshold,
  evaluateCalibration,
  fitCalibration,
  ModelMismatchError,
  readOperatingPoint,
  thresholdCurve,
  type ThresholdPolicy,
} from '../index.ts';

/** Distances whose true probability of same is 1 / (1 + exp(-(6 - 5 d))). */
function logisticPairs(seed: number, count: number) {
  const random = createRandom(seed);
  const distances = Array.from({ length: count }, () => 2.4 * random.next());
  return { distances, same: distances.map((d) => random.next() < 1 / (1 + Math.exp(5 * d - 6))) };
}

const pairs = logisticPairs(1, 4000);
const methods = ['platt', 'temperature', 'isotonic'] as const;

test('a logistic truth is found again', () => {
  const calibration = fitCalibration(logisticPairs(2, 20_000), 'platt');
  expect(calibration).toMatchObject({ slope: expect.closeTo(-5, 0), intercept: expect.closeTo(6, 0) });
});

test('the gradient of the fit is zero: no nearby logistic curve is more likely', () => {
  const few = logisticPairs(3, 200);
  const positive = few.same.filter(Boolean).length;
  const target = (same: boolean) => (same ? (positive + 1) / (positive + 2) : 1 / (200 - positive + 2));
  const loss = (slope: number, intercept: number) =>
    few.distances.reduce((sum, d, i) => {
      const p = 1 / (1 + Math.exp(-(intercept + slope * d)));
      const t = target(few.same[i]!);
      return sum - t * Math.log(p) - (1 - t) * Math.log(1 - p);
    }, 0);
  const { slope, intercept } = fitCalibration(few, 'platt') as { slope: number; intercept: number };
  for (const [da, db] of [
    [1e-4, 0],
    [0, 1e-4],
  ] as const) {
    const change = loss(slope + da, intercept + db) - loss(slope - da, intercept - db);
    expect(Math.abs(change / 2e-4)).toBeLessThan(1e-5);
  }
  const fixed = fitCalibration(few, 'temperature', 1.1) as { temperature: number };
  const along = (t: number) => loss(-1 / t, 1.1 / t);
  expect(Math.abs(along(fixed.temperature * 1.0001) - along(fixed.temperature * 0.9999))).toBeLessThan(1e-5);
});

test('classes that do not overlap still have a finite curve', () => {
  const apart = { distances: [1, 1.1, 1.2, 3, 3.1], same: [1, 1, 1, 0, 0] };
  for (const method of methods) {
    const calibration = fitCalibration(apart, method);
    expect(calibratedProbability(calibration, 1)).toBeGreaterThan(0.7);
    expect(calibratedProbability(calibration, 3.1)).toBeLessThan(0.3);
    expect(JSON.parse(JSON.stringify(calibration))).toEqual(calibration);
  }
});

test.each(methods)('%s: probabilities fall with distance and are right on new pairs', (method) => {
  const calibration = fitCalibration(pairs, method);
  const falling = Array.from({ length: 350 }, (_, i) => calibratedProbability(calibration, i / 100 - 0.5));
  expect(falling).toEqual(falling.toSorted((a, b) => b - a));
  expect(falling.every((p) => p >= 0 && p <= 1)).toBe(true);
  const fresh = logisticPairs(9, 4000);
  const result = evaluateCalibration(
    fresh.distances.map((d) => calibratedProbability(calibration, d)),
    fresh.same,
  );
  expect(result.ece).toBeLessThan(0.035);
});

test('temperature keeps one half at its threshold', () => {
  expect(calibratedProbability(fitCalibration(pairs, 'temperature', 1.3), 1.3)).toBe(0.5);
});

test('isotonic is the best falling step function: no other block mean fits better', () => {
  const small = { distances: [1, 2, 3, 4, 4, 5], same: [1, 0, 1, 0, 1, 0] };
  const calibration = fitCalibration(small, 'isotonic');
  const fitted = small.distances.map((d) => calibratedProbability(calibration, d));
  [1, 0.5, 0.5, 0.5, 0.5, 0].forEach((expected, i) => expect(fitted[i]).toBeCloseTo(expected, 12));
});

const odds = (p: number) => p / (1 - p);

test('a prior moves the odds by the ratio of prior odds', () => {
  const calibration = fitCalibration(pairs, 'platt');
  const plain = calibratedProbability(calibration, 1);
  expect(calibratedProbability(calibration, 1, calibration.sameShare)).toBeCloseTo(plain, 12);
  const rare = calibratedProbability(calibration, 1, 0.01);
  expect(odds(rare) / odds(plain)).toBeCloseTo(odds(0.01) / odds(calibration.sameShare), 10);
});

test('measures of probabilities equal their definitions', () => {
  const result = evaluateCalibration([0, 0.2, 0.25, 0.9, 1], [0, 1, 0, 1, true], 2);
  expect(result.brier).toBeCloseTo((0.64 + 0.0625 + 0.01) / 5, 12);
  expect(result.logLoss).toBeCloseTo(-(Math.log(0.2) + Math.log(0.75) + Math.log(0.9)) / 5, 12);
  expect(result.bins).toEqual([
    { low: 0, high: 0.5, count: 3, meanProbability: 0.15, sameShare: 1 / 3 },
    { low: 0.5, high: 1, count: 2, meanProbability: 0.95, sameShare: 1 },
  ]);
  expect(result.ece).toBeCloseTo((3 * (1 / 3 - 0.15) + 2 * 0.05) / 5, 12);
  expect(evaluateCalibration([0], [1]).logLoss).toBeCloseTo(52 * Math.LN2, 6);
});

const policies: ThresholdPolicy[] = [
  { kind: 'accuracy' },
  { kind: 'far', limit: 0.1 },
  { kind: 'eer' },
  { kind: 'cost', falseAccept: 10, falseReject: 1, prior: 0.3 },
];

test('a threshold set on strangers is taken as it is, with its rates on pairs', () => {
  const policy = { kind: 'fpir', limit: 0.01, people: 50, threshold: 0.7 } as const;
  const chosen = chooseThreshold(thresholdCurve(pairs), policy);
  const different = pairs.distances.filter((_, i) => !pairs.same[i]);
  expect(chosen).toMatchObject({
    threshold: 0.7,
    far: different.filter((distance) => distance < 0.7).length / different.length,
  });
  expect(() => chooseThreshold(thresholdCurve(pairs), { ...policy, threshold: Number.NaN })).toThrow(
    'policy.threshold must be a finite number, got NaN',
  );
});

test('a threshold by policy has the rates it states, and no other is better by its policy', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const few = logisticPairs(seed, 60);
      const rates = (threshold: number) => {
        const share = (same: boolean, below: boolean) => {
          const of = few.distances.filter((_, i) => few.same[i] === same);
          return of.filter((d) => d < threshold === below).length / of.length;
        };
        return { far: share(false, true), frr: share(true, false) };
      };
      const same = few.same.filter(Boolean).length / 60;
      const badness = [
        ({ far, frr }) => same * frr + (1 - same) * far,
        ({ far, frr }) => (far > 0.1 ? 9 : frr),
        ({ far, frr }) => Math.abs(far - frr),
        ({ far, frr }) => 0.3 * frr + 7 * far,
      ] satisfies ((rates: { far: number; frr: number }) => number)[];
      const curve = thresholdCurve(few);
      for (const [i, policy] of policies.entries()) {
        const chosen = chooseThreshold(curve, policy);
        const own = rates(chosen.threshold);
        expect(chosen.far).toBeCloseTo(own.far, 12);
        expect(chosen.frr).toBeCloseTo(own.frr, 12);
        for (let threshold = 0; threshold < 2.5; threshold += 0.02) {
          expect(badness[i]!(own)).toBeLessThanOrEqual(badness[i]!(rates(threshold)) + 1e-12);
        }
      }
    }),
    { numRuns: 15 },
  );
});

test('an operating point goes through JSON and is refused for another model', () => {
  const point = calibrate(pairs, {
    model: 'net-a',
    measure: 'euclidean',
    policy: policies[1]!,
    method: 'temperature',
  });
  expect(point.far).toBeLessThanOrEqual(0.1);
  expect(calibratedProbability(point.calibration, point.threshold)).toBe(0.5);
  const saved: unknown = JSON.parse(JSON.stringify(point));
  expect(readOperatingPoint(saved, 'net-a')).toEqual(point);
  expect(() => readOperatingPoint(saved, 'net-b')).toThrow(ModelMismatchError);
  expect(() => readOperatingPoint(saved, 'net-b')).toThrow(
    'the threshold belongs to the model "net-a" and the model in use is "net-b"',
  );
});

test.each([null, 3, {}, { version: 2 }, { version: 1, model: 'a', measure: 'euclidean', threshold: 'x' }])(
  'is no operating point: %o',
  (value) => {
    expect(() => readOperatingPoint(value, 'a')).toThrow('value must be an operating point of version 1');
  },
);

const curve = thresholdCurve(pairs);
test.each([
  [() => fitCalibration(pairs, 'beta' as never), "method must be 'platt', 'temperature' or 'isotonic'"],
  [() => fitCalibration({ distances: [1, 2], same: [0, 1] }, 'temperature', 1.5), 'smaller for same pairs'],
  [
    () => calibratedProbability(fitCalibration(pairs, 'platt'), Number.NaN),
    'distance must be finite, got NaN',
  ],
  [() => calibratedProbability(fitCalibration(pairs, 'platt'), 1, 0), 'prior must be in (0, 1), got 0'],
  [
    () => chooseThreshold(curve, { kind: 'best' } as never),
    "policy.kind must be 'accuracy', 'far', 'eer', 'fpir' or 'cost'",
  ],
  [() => chooseThreshold(curve, { kind: 'far', limit: 5 }), 'far must be in [0, 1], got 5'],
  [
    () => chooseThreshold(curve, { kind: 'cost', falseAccept: 0, falseReject: 1, prior: 0.5 }),
    'policy.falseAccept must be a finite number above 0, got 0',
  ],
  [
    () => chooseThreshold(curve, { kind: 'cost', falseAccept: 1, falseReject: 1, prior: 1 }),
    'policy.prior must be in (0, 1), got 1',
  ],
  [() => calibrate(pairs, { model: '', measure: 'euclidean' }), 'model must be a text, not empty, got ""'],
  [() => evaluateCalibration([1.5], [1]), 'probabilities must be in [0, 1], got "1.5 at pair 0"'],
  [() => evaluateCalibration([0.5], []), 'same must be of the length of probabilities, 1'],
  [() => evaluateCalibration([], []), 'probabilities must be at least one'],
  [() => evaluateCalibration([1], [1], 0), 'count must be an integer from 1, got 0'],
])('refuses: %s', (call, message) => {
  expect(call).toThrow(message);
});
