import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateBlufr } from '../index.ts';

function crowd(spread: number) {
  const random = createRandom(1);
  const labels = Int32Array.from({ length: 400 }, (_, i) => (i < 300 ? i % 100 : i));
  const centres = Array.from({ length: 400 }, () => Array.from({ length: 16 }, () => random.normal()));
  const embeddings = Float32Array.from(
    { length: 400 * 16 },
    (_, i) => centres[labels[i >> 4]!]![i & 15]! + spread * random.normal(),
  );
  return { labels, embeddings, dimension: 16, measure: 'euclidean' as const };
}
const sizes = { trials: 3, trainingPeople: 60, enrolledPeople: 40 };

test('people far apart are all verified and identified', () => {
  const result = evaluateBlufr({ ...crowd(0.01), ...sizes, random: createRandom(1) });
  expect(result.verificationRate).toEqual({ mean: 1, deviation: 0, score: 1 });
  expect(result.dir).toEqual({ mean: 1, deviation: 0, score: 1 });
  expect(result.trials).toHaveLength(3);
});

const run = () => evaluateBlufr({ ...crowd(0.8), ...sizes, random: createRandom(2) });

test('the score is the mean less one deviation, trials differ, and a seed repeats them', () => {
  const { trials, verificationRate, dir } = run();
  const rates = trials.map((trial) => trial.verificationRate);
  const mean = (rates[0]! + rates[1]! + rates[2]!) / 3;
  const deviation = Math.hypot(...rates.map((rate) => rate - mean)) / Math.sqrt(2);
  expect(verificationRate.mean).toBeCloseTo(mean, 12);
  expect(verificationRate.score).toBeCloseTo(mean - deviation, 12);
  expect(deviation).toBeGreaterThan(0);
  expect(dir.mean).toBeLessThan(1);
  expect(new Set(trials.map(({ images }) => images)).size).toBeGreaterThan(1);
  expect(run()).toEqual({ trials, verificationRate, dir });
});

test.each([
  [{ trials: 1 }, 'trials must be an integer from 2, got 1'],
  [{ trainingPeople: 200 }, 'trainingPeople must be an integer from 0 and below the number of people, 200'],
  [{ enrolledPeople: 101, trainingPeople: 0 }, 'people must be an integer from 1 to 100'],
])('refuses %o', (options, message) => {
  expect(() => evaluateBlufr({ ...crowd(1), ...sizes, ...options, random: createRandom(1) })).toThrow(
    message,
  );
});
