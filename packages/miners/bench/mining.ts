// From a matrix of distances to index lists: processor time, and the most memory held so far.
// Run with Node 22.18 or newer: node --conditions=@ft/source bench/mining.ts [128,512] [strategy]
import type { MinerBatch } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { createMiner } from '../src/index.ts';

const [sizes = '128,512,1024,2048', only] = process.argv.slice(2);
const dimension = 128;
const strategies: [name: string, options?: object][] = [
  ['triplet-margin', { type: 'semi-hard' }],
  ['batch-hard'],
  ['batch-easy-hard'],
  ['multi-similarity', { measure: 'euclidean' }],
  ['pair-margin'],
  ['hard-aware-cascade'],
  ['uniform-histogram'],
  ['distance-weighted'],
  ['angular'],
  ['random'],
  ['hard'],
  ['semi-hard'],
  ['random-hard'],
  ['nearest-semi-hard'],
  ['batch-all'],
  ['rank-range', { negativeRanks: [2, 4] }],
  ['hardest-cluster'],
];

/** Random unit vectors, four of each identity. */
function randomBatch(size: number): MinerBatch {
  const random = createRandom(0);
  const rows = new Float32Array(size * dimension).map(() => random.normal());
  for (let i = 0; i < size; i++) {
    const row = rows.subarray(i * dimension, (i + 1) * dimension);
    const length = Math.hypot(...row);
    row.forEach((x, k) => (row[k] = x / length));
  }
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < dimension; k++) dot += rows[i * dimension + k]! * rows[j * dimension + k]!;
      data[i * size + j] = data[j * size + i] = Math.sqrt(Math.max(0, 2 - 2 * dot));
    }
  }
  const labels = Int32Array.from({ length: size }, (_, i) => i >> 2);
  return {
    distances: { data, anchors: size, candidates: size, measure: 'euclidean', normalized: true },
    anchorLabels: labels,
    candidateLabels: labels,
    selfIndex: labels.map((_, i) => i),
    embeddings: { anchors: rows, candidates: rows, dimension },
  };
}

for (const size of sizes.split(',').map(Number)) {
  const batch = randomBatch(size);
  for (const [name, options = {}] of strategies) {
    if (only !== undefined && only !== name) continue;
    const miner = createMiner(name, options);
    let least = Infinity;
    let rows = 0;
    for (let i = 0; i < (size > 4000 ? 1 : size > 600 ? 5 : 30); i++) {
      const context = {
        random: createRandom(1),
        step: 0,
        epoch: 0,
        signal: new AbortController().signal,
      };
      const before = process.cpuUsage();
      rows = miner.mine(batch, context).anchors.length;
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    const memory = `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`;
    process.stdout.write(`B=${size} ${name}: ${least.toFixed(1)} ms, ${rows} rows, at most ${memory}\n`);
  }
}
