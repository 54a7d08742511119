import type { MinerBatch } from '@ft/miner-api';
import { createMiner } from '@ft/miners';
import { createRandom } from '@ft/random';
import type { Operations } from '../operation.ts';
import { fourEach, unitRows } from '../random-batch.ts';

const DIMENSION = 128;

/** Strategies by the name of their row, with the options that the peer has by default. */
export const minerCases: Readonly<Record<string, { strategy: string; options?: Record<string, unknown> }>> = {
  'triplet-margin': { strategy: 'triplet-margin', options: { type: 'semi-hard' } },
  'batch-hard': { strategy: 'batch-hard' },
  'batch-easy-hard': { strategy: 'batch-easy-hard' },
  'multi-similarity': { strategy: 'multi-similarity', options: { measure: 'euclidean' } },
  'pair-margin': { strategy: 'pair-margin' },
  'hard-aware-cascade': { strategy: 'hard-aware-cascade' },
  'uniform-histogram': { strategy: 'uniform-histogram' },
  'distance-weighted': { strategy: 'distance-weighted' },
  angular: { strategy: 'angular' },
  hard: { strategy: 'hard' },
  'semi-hard': { strategy: 'semi-hard' },
  'random-hard': { strategy: 'random-hard' },
  'nearest-semi-hard': { strategy: 'nearest-semi-hard' },
  'batch-all': { strategy: 'batch-all' },
  'rank-range': { strategy: 'rank-range', options: { negativeRanks: [2, 4] } },
  'hardest-cluster': { strategy: 'hardest-cluster' },
  random: { strategy: 'random' },
};

/** From a matrix of distances, which is there already, to index lists. */
export const minerOperations: Operations = {
  mine({ name, batch }) {
    const { strategy, options = {} } = minerCases[name as string]!;
    const miner = createMiner(strategy, options);
    const input = randomBatch(batch as number);
    const signal = new AbortController().signal;
    return {
      run() {
        miner.mine(input, { random: createRandom(1), step: 0, epoch: 0, signal });
      },
    };
  },
};

/** Random unit vectors, four of each identity, and their Euclidean distances. */
function randomBatch(size: number): MinerBatch {
  const rows = unitRows(size, DIMENSION);
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < DIMENSION; k++) dot += rows[i * DIMENSION + k]! * rows[j * DIMENSION + k]!;
      data[i * size + j] = data[j * size + i] = Math.sqrt(Math.max(0, 2 - 2 * dot));
    }
  }
  const labels = fourEach(size);
  return {
    distances: { data, anchors: size, candidates: size, measure: 'euclidean', normalized: true },
    anchorLabels: labels,
    candidateLabels: labels,
    selfIndex: labels.map((_, i) => i),
    embeddings: { anchors: rows, candidates: rows, dimension: DIMENSION },
  };
}
