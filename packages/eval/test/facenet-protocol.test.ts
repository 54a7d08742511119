import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateVerification } from '../src/index.ts';

/** The widely copied ten-fold evaluation: a grid of thresholds, the first best one, deviation over folds. */
function gridProtocol(distances: readonly number[], same: readonly boolean[]) {
  const grid = Array.from({ length: 400 }, (_, i) => i / 100);
  const size = Math.floor(distances.length / 10);
  const accuracy = (threshold: number, within: (pair: number) => boolean) => {
    let correct = 0;
    let count = 0;
    for (const [pair, distance] of distances.entries()) {
      if (!within(pair)) continue;
      count++;
      if (distance < threshold === same[pair]) correct++;
    }
    return correct / count;
  };
  const folds = Array.from({ length: 10 }, (_, fold) => {
    const inside = (pair: number) => Math.floor(pair / size) === fold;
    const training = grid.map((threshold) => accuracy(threshold, (pair) => !inside(pair)));
    const threshold = grid[training.indexOf(Math.max(...training))]!;
    return { threshold, accuracy: accuracy(threshold, inside) };
  });
  const mean = folds.reduce((sum, fold) => sum + fold.accuracy, 0) / 10;
  const squares = folds.reduce((sum, fold) => sum + (fold.accuracy - mean) ** 2, 0);
  return { folds, mean, deviation: Math.sqrt(squares / 10) };
}

/** Ten folds of 60 pairs whose distances are few enough, and even enough, for the grid to separate all. */
function scores(seed: number) {
  const random = createRandom(seed);
  const same = Array.from({ length: 600 }, (_, i) => i % 60 < 30);
  const distances = same.map((truth) => {
    const distance = (truth ? 1 : 1.5) + 0.3 * random.normal();
    return (Math.floor(Math.min(3.9, Math.max(0, distance)) * 20) + 0.5) / 20;
  });
  return { distances, same, folds: Int32Array.from(same, (_, i) => Math.floor(i / 60)) };
}

test.each([1, 2, 3, 4])(
  'accuracies equal those of the grid where the grid separates all scores: seed %i',
  (seed) => {
    const { distances, same, folds } = scores(seed);
    const ours = evaluateVerification({ distances, same, folds, protocol: 'lfw-view2' });
    const theirs = gridProtocol(distances, same);
    const accuracies = ours.folds.map(({ accuracy }) => accuracy.toFixed(12));
    expect(accuracies).toEqual(theirs.folds.map(({ accuracy }) => accuracy.toFixed(12)));
    expect(ours.accuracy).toBeCloseTo(theirs.mean, 12);
  },
);

test('known faults of the grid that are not repeated here', () => {
  const { distances, same, folds } = scores(5);
  const ours = evaluateVerification({ distances, same, folds });
  const theirs = gridProtocol(distances, same);

  // 1. It calls the population deviation over folds what the LFW report calls the standard error.
  const values = ours.folds.map(({ accuracy }) => accuracy);
  const mean = values.reduce((sum, value) => sum + value, 0) / 10;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 10);
  expect(ours.standardError).toBeCloseTo(deviation / 3, 12);
  expect(theirs.deviation).toBeGreaterThan(2.5 * ours.standardError!);

  // 2. It can't separate scores that lie between two grid points, nor those beyond 4.
  const fine = distances.map((distance, i) => (same[i] ? 1.001 : 1.009) + distance * 1e-6);
  expect(evaluateVerification({ distances: fine, same, folds }).accuracy).toBe(1);
  expect(gridProtocol(fine, same).mean).toBe(0.5);
  const large = fine.map((distance) => 10 * distance);
  expect(evaluateVerification({ distances: large, same, folds }).accuracy).toBe(1);
  expect(gridProtocol(large, same).mean).toBe(0.5);

  // 3. A pair that is left out moves all later pairs to other folds. Here folds go by number.
  const kept = distances.map((_, i) => i).filter((i) => i % 97 !== 3);
  const pick = <T>(column: ArrayLike<T>) => kept.map((i) => column[i]!);
  const thinned = evaluateVerification({ distances: pick(distances), same: pick(same), folds: pick(folds) });
  const sizes = thinned.folds.map((fold) => fold.same + fold.different);
  expect(sizes).toEqual(values.map((_, fold) => kept.filter((i) => Math.floor(i / 60) === fold).length));
});
