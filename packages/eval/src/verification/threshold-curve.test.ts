import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  areaUnderRoc,
  bestThreshold,
  equalErrorRate,
  rocPoints,
  tarAtFar,
  thresholdAtCut,
  thresholdCurve,
} from '../index.ts';

/** Pairs with many ties, both classes present. */
const tiedPairs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 40 })
  .filter((pairs) => pairs.some(([, same]) => same) && pairs.some(([, same]) => !same))
  .map((pairs) => ({
    distances: pairs.map(([distance]) => distance / 8),
    same: pairs.map(([, same]) => same),
  }));

const rates = ({ distances, same }: { distances: number[]; same: boolean[] }, threshold: number) => {
  const of = (truth: boolean) => distances.filter((_, pair) => same[pair] === truth);
  const accepted = (truth: boolean) => of(truth).filter((distance) => distance < threshold).length;
  return {
    tar: accepted(true) / of(true).length,
    far: accepted(false) / of(false).length,
    accuracy: (accepted(true) + of(false).length - accepted(false)) / distances.length,
  };
};

/** One threshold below, between and above all the distances of {@link tiedPairs}. */
const everyThreshold = Array.from({ length: 8 }, (_, i) => (i - 0.5) / 8);

test('every cut accepts what its threshold accepts', () => {
  fc.assert(
    fc.property(tiedPairs, (pairs) => {
      const curve = thresholdCurve(pairs);
      for (let cut = 0; cut <= curve.nearest.length; cut++) {
        const { tar, far } = rates(pairs, thresholdAtCut(curve, cut));
        expect(curve.acceptedSame[cut]! / curve.sameCount).toBe(tar);
        expect(curve.acceptedDifferent[cut]! / curve.differentCount).toBe(far);
      }
    }),
  );
});

test('a threshold separates neighbouring numbers too', () => {
  for (const below of [0, 1, -1, 1e300, 5e-324]) {
    const above = below + Math.max(Math.abs(below) * 2 ** -52, 5e-324);
    const curve = thresholdCurve({ distances: [below, above], same: [1, 0] });
    for (const cut of [0, 1, 2]) {
      const threshold = thresholdAtCut(curve, cut);
      expect([below < threshold, above < threshold]).toEqual([cut > 0, cut > 1]);
    }
  }
});

test('the best threshold is as good as any, and reaches the accuracy it states', () => {
  fc.assert(
    fc.property(tiedPairs, (pairs) => {
      const best = bestThreshold(thresholdCurve(pairs));
      expect(rates(pairs, best.threshold).accuracy).toBe(best.accuracy);
      expect(best.accuracy).toBe(Math.max(...everyThreshold.map((t) => rates(pairs, t).accuracy)));
    }),
  );
});

test('of equally good gaps the widest is halved, then the lowest', () => {
  const wide = thresholdCurve({ distances: [1, 2, 3, 7], same: [1, 0, 1, 0] });
  expect(bestThreshold(wide).threshold).toBe(5);
  const even = thresholdCurve({ distances: [1, 2, 3, 4], same: [1, 0, 1, 0] });
  expect(bestThreshold(even).threshold).toBe(1.5);
});

test('the area counts pairs of pairs, ties half', () => {
  fc.assert(
    fc.property(tiedPairs, (pairs) => {
      let wins = 0;
      let total = 0;
      for (const [i, a] of pairs.distances.entries()) {
        for (const [j, b] of pairs.distances.entries()) {
          if (!pairs.same[i] || pairs.same[j]) continue;
          total++;
          wins += a < b ? 1 : a === b ? 0.5 : 0;
        }
      }
      expect(areaUnderRoc(thresholdCurve(pairs))).toBeCloseTo(wins / total, 12);
    }),
  );
});

test('at the equal error rate the interpolated curve has as many false accepts as false rejects', () => {
  fc.assert(
    fc.property(tiedPairs, (pairs) => {
      const { rate } = equalErrorRate(thresholdCurve(pairs));
      const points = everyThreshold.map((t) => rates(pairs, t));
      // Walk the polygon finely and look for far = 1 - tar.
      let nearest = { gap: Infinity, far: NaN };
      for (let i = 1; i < points.length; i++) {
        for (let step = 0; step <= 2000; step++) {
          const share = step / 2000;
          const far = points[i - 1]!.far * (1 - share) + points[i]!.far * share;
          const tar = points[i - 1]!.tar * (1 - share) + points[i]!.tar * share;
          const gap = Math.abs(far + tar - 1);
          if (gap < nearest.gap) nearest = { gap, far };
        }
      }
      expect(Math.abs(rate - nearest.far)).toBeLessThan(1e-3);
    }),
    { numRuns: 30 },
  );
});

test('TAR at FAR is the best true accept rate within the limit', () => {
  fc.assert(
    fc.property(tiedPairs, fc.double({ min: 0, max: 1, noNaN: true }), (pairs, limit) => {
      const found = tarAtFar(thresholdCurve(pairs), limit);
      const within = everyThreshold.map((t) => rates(pairs, t)).filter(({ far }) => far <= limit);
      expect(found.tar).toBe(Math.max(...within.map(({ tar }) => tar)));
      expect(rates(pairs, found.threshold)).toMatchObject({ tar: found.tar, far: found.achievedFar });
      expect(found.achievedFar).toBeLessThanOrEqual(limit);
    }),
  );
});

test('a limit finer than one different pair is flagged', () => {
  const curve = thresholdCurve({ distances: [1, 2, 3], same: [1, 0, 0] });
  expect(tarAtFar(curve, 0.1)).toMatchObject({ tar: 1, achievedFar: 0, resolved: false });
  expect(tarAtFar(curve, 0.5)).toMatchObject({ tar: 1, achievedFar: 0.5, resolved: true });
  expect(() => tarAtFar(curve, Number.NaN)).toThrow('far must be in [0, 1], got NaN');
});

test('points for drawing lie on the curve, are few, and leave no gap', () => {
  const distances = Array.from({ length: 60_000 }, (_, i) => Math.sin(i) ** 2 + (i % 2));
  const pairs = { distances, same: distances.map((_, i) => i % 2 === 0) };
  const { far, tar, threshold } = rocPoints(thresholdCurve(pairs));
  expect(far.length).toBeLessThan(600);
  expect([far[0], tar[0], far.at(-1), tar.at(-1)]).toEqual([0, 0, 1, 1]);
  for (const i of [1, 7, 100, far.length - 2]) {
    expect(rates(pairs, threshold[i]!)).toMatchObject({ far: far[i], tar: tar[i] });
  }
  for (let i = 1; i < far.length; i++) {
    expect(far[i]! - far[i - 1]!).toBeLessThan(1 / 64);
    expect(tar[i]! - tar[i - 1]!).toBeLessThan(1 / 64);
  }
});

const sameFirst = (distances: number[]) => thresholdCurve({ distances, same: [1, 1, 0, 0] });

test('degenerate scores: all equal, all apart, all reversed', () => {
  const equal = sameFirst([3, 3, 3, 3]);
  expect(areaUnderRoc(equal)).toBe(0.5);
  expect(equalErrorRate(equal).rate).toBe(0.5);
  expect(bestThreshold(equal).accuracy).toBe(0.5);
  const apart = sameFirst([1, 2, 3, 4]);
  expect(areaUnderRoc(apart)).toBe(1);
  expect(equalErrorRate(apart)).toEqual({ rate: 0, threshold: 2.5 });
  const reversed = sameFirst([3, 4, 1, 2]);
  expect(areaUnderRoc(reversed)).toBe(0);
  expect(equalErrorRate(reversed).rate).toBe(1);
});

test.each([
  [[1, 2], [1], 'same must be of the length of distances, 2'],
  [[1, NaN], [1, 0], 'distances must be finite, got "NaN at pair 1"'],
  [[1, Infinity], [1, 0], 'distances must be finite, got "Infinity at pair 1"'],
  [[1, 2], [1, 2], 'same must be 0, 1, false or true for every pair, got "2 at pair 1"'],
  [[1, 2], [1, 1], 'got "no different pair among 2"'],
  [[1, 2], [false, false], 'got "no same pair among 2"'],
  [[], [], 'got "no different pair among 0"'],
])('refuses distances %o with same %o', (distances, same, message) => {
  expect(() => thresholdCurve({ distances, same })).toThrow(message);
});
