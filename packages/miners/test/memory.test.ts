import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MinerBatch } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { beforeAll, expect, test } from 'vitest';
import { createMiner, minerNames } from '../src/index.ts';

// FT_MINERS_BATCH=8192 is the long version: minutes, and 6 GiB for batch-all with its 201 million triplets.
const BATCH = Number(process.env['FT_MINERS_BATCH'] ?? 2048);
const [DIMENSION, IMAGES_OF_A_PERSON] = [128, 4];

/** What the process may take for itself while it runs new code, whatever the batch. */
const OWN = 8 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Resident bytes of the process, now or the most since they were last reset; undefined but on Linux. */
function resident(field: 'VmRSS' | 'VmHWM'): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync('/proc/self/status', 'utf8'),
  )!;
  return 1024 * Number(kibibytes);
}

let batch: MinerBatch;
beforeAll(() => {
  const random = createRandom(1);
  const rows = new Float32Array(BATCH * DIMENSION).map(() => random.normal());
  for (let start = 0; start < rows.length; start += DIMENSION) {
    const row = rows.subarray(start, start + DIMENSION);
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    row.forEach((x, k) => (row[k] = x / norm));
  }
  const data = new Float32Array(BATCH * BATCH);
  for (let i = 0; i < BATCH; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < DIMENSION; k++) dot += rows[i * DIMENSION + k]! * rows[j * DIMENSION + k]!;
      data[i * BATCH + j] = data[j * BATCH + i] = Math.sqrt(Math.max(0, 2 - 2 * dot));
    }
  }
  const labels = Int32Array.from({ length: BATCH }, (_, i) => Math.floor(i / IMAGES_OF_A_PERSON));
  batch = {
    distances: { data, anchors: BATCH, candidates: BATCH, measure: 'euclidean', normalized: true },
    anchorLabels: labels,
    candidateLabels: labels,
    selfIndex: labels.map((_, i) => i),
    embeddings: { anchors: rows, candidates: rows, dimension: DIMENSION },
  };
}, 600_000);

test.each(minerNames())(
  `%s mines a batch of ${BATCH} in three matrices beside its output`,
  { timeout: 600_000 },
  async (name) => {
    const miner = createMiner(name);
    // The test before has to let go of its result first, and freed arrays leave the process a moment later.
    for (let round = 0; round < 3; round++) {
      await setTimeout(50);
      collectGarbage();
    }
    await setTimeout(50);
    if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
    const before = resident('VmRSS');
    const started = performance.now();
    const mined = miner.mine(batch, {
      random: createRandom(1),
      step: 0,
      epoch: 0,
      signal: new AbortController().signal,
    });
    const milliseconds = performance.now() - started;
    const columns = mined.kind === 'triplets' ? 3 : 2;
    expect(mined.anchors.length).toBeGreaterThan(0);
    const peak = resident('VmHWM');
    if (before === undefined || peak === undefined) return;
    const taken = peak - before - columns * mined.anchors.byteLength - OWN;
    const matrices = taken / batch.distances.data.byteLength;
    if (process.env['FT_MINERS_BATCH'] !== undefined) {
      process.stdout.write(
        `${name}: ${mined.anchors.length} rows, ${Math.round(milliseconds)} ms, ${matrices.toFixed(2)} matrices\n`,
      );
    }
    expect(matrices).toBeLessThanOrEqual(3);
  },
);
