import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatch, minerConformance } from '@ft/miner-test-kit';
import { nthNearest } from './index.js';

// What every miner must keep. Each test that fails says in a sentence what breaks the contract.
minerConformance({ describe, it, miner: nthNearest() });

it('takes the negative of the rank', () => {
  const batch = createBatch({
    embeddings: [[0], [1], [2], [5], [3]],
    labels: [7, 7, 8, 8, 9],
    measure: 'euclidean',
    normalize: false,
  });
  const negativeOf = (rank) => nthNearest({ rank }).mine(batch).negatives[0];
  assert.deepEqual([1, 2, 3, 9].map(negativeOf), [2, 4, 3, 3]);
});

it('refuses wrong options', () => {
  assert.throws(() => nthNearest({ rank: 0 }), /rank must be an integer of at least 1, got 0/);
  assert.throws(() => nthNearest({ rnk: 1 }), /no option "rnk"/);
});
