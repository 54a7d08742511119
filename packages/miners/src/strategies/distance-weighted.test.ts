import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { describe, expect, test } from 'vitest';
import { context, rows } from '../../test/any-batch.ts';
import { distanceWeighted } from './distance-weighted.ts';

describe('distance-weighted', () => {
  const random = createRandom(6);
  const unit = (dimension: number) => Array.from({ length: dimension }, () => random.normal());
  const draws = (dimension: number) => {
    const embeddings = Array.from({ length: 64 }, () => unit(dimension));
    // One negative pair that is almost the same point must not silence the other anchors.
    embeddings[4] = embeddings[3]!.map((x, k) => (k === 0 ? x + 0.01 : x));
    const labels = embeddings.map((_, i) => Math.floor(i / 4));
    return createBatch({ embeddings, labels, measure: 'euclidean' });
  };

  test.each([16, 128, 512])('no anchor within reach is silenced at D = %i', (dimension) => {
    const batch = draws(dimension);
    const mined = distanceWeighted({ maxNegativeDistance: 2 }).mine(batch, context());
    expect(new Set(mined.anchors).size).toBe(64);
    expect(mined.statistics).toEqual({ considered: 64, skipped: {} });
  });

  test('takes the dimension from the option where the batch brings no embeddings', () => {
    const { embeddings, ...bare } = draws(8);
    expect(embeddings?.dimension).toBe(8);
    expect(() => distanceWeighted().mine(bare, context())).toThrow(
      'miner "distance-weighted": dimension must be given where the batch brings no embeddings, got undefined.',
    );
    expect(rows(distanceWeighted({ dimension: 8 }).mine(bare, context()))).toEqual(
      rows(distanceWeighted().mine({ ...bare, embeddings: embeddings! }, context())),
    );
  });
});
