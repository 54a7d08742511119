// Clustered unit vectors in a usearch index: time and memory to build it and to search the neighbours of all, and
// how many of the true neighbours it finds, by an exact search for a sample.
// Run with Node 22.18 or newer: node --conditions=@ft/source bench/index-million.ts [items] [dimension] [queries]
import { createRandom } from '@ft/random';
import { exactIndex, usearchIndex } from '../src/index.ts';

const [count = 1_000_000, dimension = 128, queries = 200] = process.argv.slice(2).map(Number);
const k = 10;
const IMAGES_OF_A_PERSON = 20;
const CHUNK = 50_000;
// Within a person, embeddings differ by this much in length; people are random directions.
const SPREAD = 0.6;

/** People as random directions, and their images around them, all of unit length, in random order. */
function clusters(): Float32Array {
  const random = createRandom(1);
  const people = Math.ceil(count / IMAGES_OF_A_PERSON);
  const centres = new Float32Array(people * dimension).map(() => random.normal() / Math.sqrt(dimension));
  const rows = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const centre = random.int(people) * dimension;
    let square = 0;
    for (let j = 0; j < dimension; j++) {
      const x = centres[centre + j]! + (random.normal() * SPREAD) / Math.sqrt(dimension);
      rows[i * dimension + j] = x;
      square += x * x;
    }
    for (let j = 0; j < dimension; j++) rows[i * dimension + j]! /= Math.sqrt(square);
  }
  return rows;
}

/** Runs a part and says how long it took and what the process holds. */
async function measured<T>(what: string, part: () => Promise<T>): Promise<T> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await part();
  const { user, system } = process.cpuUsage(before);
  const [wall, processor] = [(performance.now() - started) / 1000, (user + system) / 1e6];
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
  process.stdout.write(
    `${what}: ${wall.toFixed(1)} s, ${processor.toFixed(1)} s of processor time; the process holds ${memory} MiB\n`,
  );
  return result;
}

const rows = await measured(`${count} vectors of ${dimension} dimensions`, async () => clusters());
const index = await usearchIndex({ dimension, measure: 'cosine' });
await measured('built', async () => {
  for (let from = 0; from < count; from += CHUNK) {
    await index.add(rows.subarray(from * dimension, Math.min(count, from + CHUNK) * dimension));
  }
});
const sampled = Math.min(queries, count);
const sample = rows.subarray(0, sampled * dimension);
const found = await measured(`the ${k} nearest of all`, async () => {
  const first = await index.search(sample, k);
  for (let from = sampled; from < count; from += CHUNK) {
    await index.search(rows.subarray(from * dimension, Math.min(count, from + CHUNK) * dimension), k);
  }
  return first;
});
const truth = await measured(`exact search of ${sampled}`, async () => {
  const exact = exactIndex({ dimension, measure: 'cosine' });
  await exact.add(rows);
  return exact.search(sample, k);
});
let hits = 0;
for (let cell = 0; cell < truth.items.length; cell++) {
  const row = Math.floor(cell / k) * k;
  if (found.items.subarray(row, row + k).includes(truth.items[cell]!)) hits += 1;
}
process.stdout.write(`recall@${k}: ${(hits / truth.items.length).toFixed(4)}\n`);
