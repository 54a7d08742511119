import { createBatch } from '@ft/miner-test-kit';
import { expect, test } from 'vitest';
import { context, rows } from '../../test/any-batch.ts';
import { batchEasyHard } from './batch-easy-hard.ts';

test('ranges of batch-easy-hard are closed', () => {
  const line = createBatch({
    embeddings: [[0], [1], [2], [3], [4]],
    labels: [0, 0, 0, 1, 1],
    measure: 'euclidean',
    normalize: false,
  });
  const mined = batchEasyHard({ positive: 'hard', negative: 'hard', positiveRange: [1, 1] }).mine(
    line,
    context(),
  );
  expect(rows(mined)).toEqual([
    [0, 1, 3],
    [1, 0, 3],
    [2, 1, 3],
    [3, 4, 2],
    [4, 3, 2],
  ]);
});
