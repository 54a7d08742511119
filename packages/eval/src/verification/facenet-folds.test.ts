import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateVerification } from '../index.ts';

// What facenet's validation on LFW computes, written anew from its description: thresholds 0, 0.01 ... 3.99 on
// squared distances of unit vectors, ten contiguous folds by position, the first threshold with the highest accuracy
// on the other nine, and the mean and population standard deviation of the ten accuracies.

const GRID = Array.from({ length: 400 }, (_, i) => i / 100);

interface Scores {
  readonly distances: readonly number[];
  readonly same: readonly boolean[];
}

function facenet({ distances, same }: Scores) {
  const n = distances.length;
  const foldOf = (i: number) => Math.floor((10 * i) / n);
  const thresholds: number[] = [];
  const accuracies: number[] = [];
  const ties: number[] = [];
  for (let fold = 0; fold < 10; fold++) {
    const accuracy = (threshold: number, inside: boolean) => {
      let right = 0;
      let pairs = 0;
      for (let i = 0; i < n; i++) {
        if ((foldOf(i) === fold) !== inside) continue;
        pairs += 1;
        if (distances[i]! < threshold === same[i]) right += 1;
      }
      return right / pairs;
    };
    const others = GRID.map((threshold) => accuracy(threshold, false));
    const best = Math.max(...others);
    ties.push(others.filter((value) => value === best).length);
    thresholds.push(GRID[others.indexOf(best)]!);
    accuracies.push(accuracy(thresholds[fold]!, true));
  }
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / 10;
  const variance = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 10;
  return { mean, std: Math.sqrt(variance), accuracies, thresholds, ties };
}

/** LFW's order: 300 same and 300 different pairs in each of ten folds; every distance in the middle of a cell. */
function lfwScores(seed: number): Scores {
  const random = createRandom(seed);
  const same = Array.from({ length: 6000 }, (_, i) => i % 600 < 300);
  const distances = same.map((one) => {
    const distance = Math.min(3.9, Math.max(0, (one ? 0.9 : 1.5) + 0.25 * random.normal()));
    return Math.floor(distance * 100) / 100 + 0.005;
  });
  return { distances, same };
}

const folds = Array.from({ length: 6000 }, (_, i) => Math.floor(i / 600));
const ours = (scores: Scores) => evaluateVerification({ ...scores, folds, protocol: 'lfw-view2' });

test('the accuracies of facenet, where its grid separates the scores and one threshold is the best', () => {
  const scores = [1, 2, 3, 4, 5, 6, 7, 8]
    .map(lfwScores)
    .find((some) => facenet(some).ties.every((tie) => tie === 1))!;
  const theirs = facenet(scores);
  const result = ours(scores);
  expect(result.folds.map(({ accuracy }) => accuracy)).toEqual(theirs.accuracies);
  expect(result.accuracy).toBeCloseTo(theirs.mean, 14);
  result.folds.forEach(({ threshold }, fold) => {
    expect(Math.abs(threshold - theirs.thresholds[fold]!)).toBeLessThanOrEqual(0.005 + 1e-12);
  });

  // Fault 1: what it prints behind the mean is the deviation of the folds, divided by n, and no standard error.
  expect(theirs.std * Math.sqrt(10 / 9) * Math.sqrt(1 / 10)).toBeCloseTo(result.standardError!, 14);
});

test('fault 2: its grid cannot separate scores that lie between two thresholds', () => {
  const same = Array.from({ length: 6000 }, (_, i) => i % 600 < 300);
  const scores = { distances: same.map((one) => (one ? 1.001 : 1.009)), same };
  expect(facenet(scores).mean).toBe(0.5);
  expect(ours(scores).accuracy).toBe(1);
});

test('fault 3: of equally good thresholds it takes the first, at the edge of the gap; here it is the middle', () => {
  const same = Array.from({ length: 6000 }, (_, i) => i % 600 < 300);
  const scores = { distances: same.map((one) => (one ? 0.495 : 1.495)), same };
  expect(facenet(scores).thresholds).toEqual(Array.from({ length: 10 }, () => 0.5));
  expect(ours(scores).folds.map(({ threshold }) => threshold)).toEqual(
    Array.from({ length: 10 }, () => expect.closeTo(0.995, 12)),
  );
});

test('fault 4: pairs whose images are missing move all later folds; here a pair keeps its fold', () => {
  const scores = lfwScores(9);
  const kept = scores.same.map((_, i) => i).slice(5);
  const moved = kept.filter((i, position) => Math.floor((10 * position) / kept.length) !== folds[i]);
  expect(moved.length).toBeGreaterThan(0);
  const { folds: rows } = evaluateVerification({
    distances: kept.map((i) => scores.distances[i]!),
    same: kept.map((i) => scores.same[i]!),
    folds: kept.map((i) => folds[i]!),
    protocol: 'lfw-view2',
  });
  expect(rows.map(({ same }) => same)).toEqual([295, ...Array.from({ length: 9 }, () => 300)]);
  expect(rows.map(({ different }) => different)).toEqual(Array.from({ length: 10 }, () => 300));
});
