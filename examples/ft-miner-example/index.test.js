import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatch, minerConformance } from '@ft/miner-test-kit';
import { quantileNegative } from './index.js';

minerConformance({ describe, it, miner: quantileNegative() });

it('takes the negative at the quantile', () => {
  const batch = createBatch({
    embeddings: [[0], [1], [2], [5], [3]],
    labels: [7, 7, 8, 8, 9],
    measure: 'euclidean',
    normalize: false,
  });
  const negativeOf = (quantile) => quantileNegative({ quantile }).mine(batch).negatives[0];
  assert.deepEqual([0, 0.5, 1].map(negativeOf), [2, 4, 3]);
});

it('refuses wrong options', () => {
  assert.throws(() => quantileNegative({ quantile: 2 }), /quantile must be a number in \[0, 1\], got 2/);
  assert.throws(() => quantileNegative({ quantil: 0.1 }), /no option "quantil"/);
});
