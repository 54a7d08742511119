import { createBatch } from '@ft/miner-test-kit';
import { expect, test } from 'vitest';
import { context } from '../../test/any-batch.ts';
import { randomNegative } from './random-negative.ts';

test('random draws one negative for every pair, uniformly (chi-square, 3 degrees of freedom, p > 0.001)', () => {
  const batch = createBatch({ embeddings: [[1], [2], [3], [4], [5], [6]], labels: [0, 0, 1, 1, 1, 1] });
  const { random, ...rest } = context(2);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const mined = randomNegative().mine(batch, { random, ...rest });
    expect(mined.anchors).toHaveLength(2 + 12);
    mined.anchors.forEach((a, row) => {
      if (a < 2) counts[mined.negatives[row]! - 2]! += 1;
    });
  }
  expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(16.3);
});
