// One pass over a manifest of a million lines, decoded batch by batch: time, and the most memory that was resident.
// The lines name a few hundred drawn JPEG files again and again; each is read and decoded every time.
// Run with Node 22.18 or newer, after a build: node bench/manifest-million.ts [lines] [images decoded]
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { decodeBatches, pkSampler, readManifest, syntheticIdentities } from '@ft/datasets';
import { createRandom } from '@ft/random';
import sharp from 'sharp';

const [lines = 1_000_000, decoded = lines] = process.argv.slice(2).map(Number);
const FILES = 400;
const SIDE = 250;
const IMAGES_OF_A_PERSON = 100;

const prepared = process.argv[4];
const folder = prepared ?? (await mkdtemp(join(tmpdir(), 'ft-manifest-')));
// In a process of its own, so that drawing does not count.
if (prepared !== undefined) {
  await drawFiles();
  await writeManifest();
  process.exit();
}
try {
  spawnSync(process.execPath, [import.meta.filename, `${lines}`, `${decoded}`, folder], { stdio: 'inherit' });
  await writeFile('/proc/self/clear_refs', '5');
  const started = performance.now();
  const dataset = await readManifest(join(folder, 'list.csv'));
  const names = new Map<string, number>();
  const labels = new Int32Array(dataset.images.length);
  dataset.images.forEach(({ identity }, i) => {
    if (!names.has(identity)) names.set(identity, names.size);
    labels[i] = names.get(identity)!;
  });
  const random = createRandom(1);
  const sampler = pkSampler({ labels, people: 16, imagesPerPerson: 4, random });
  function* batches() {
    for (let count = 0; count < decoded; count += 64) yield sampler.next();
  }
  const read = performance.now();
  let seen = 0;
  for await (const { indices } of decodeBatches(dataset, batches(), { size: 112 })) seen += indices.length;
  const [reading, decoding] = [read - started, performance.now() - read].map(
    (ms) => Math.round(ms / 100) / 10,
  );
  const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8'))![1]!;
  process.stdout.write(
    `${lines} lines read in ${reading} s, ${seen} images decoded in ${decoding} s; ` +
      `at most ${Math.round(Number(peak) / 1024)} MiB resident\n`,
  );
} finally {
  await rm(folder, { recursive: true });
}

async function drawFiles(): Promise<void> {
  const { pixels } = syntheticIdentities({
    identities: FILES / 4,
    imagesPerIdentity: 4,
    size: SIDE,
    seed: 1,
  });
  await mkdir(join(folder, 'images'));
  const bytes = SIDE * SIDE * 3;
  for (let i = 0; i < FILES; i++) {
    await sharp(pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: SIDE, height: SIDE, channels: 3 },
    }).toFile(join(folder, 'images', `${i}.jpg`));
  }
}

/** The id is given, since a million lines share their files. */
async function writeManifest(): Promise<void> {
  const list = createWriteStream(join(folder, 'list.csv'));
  list.write('id,file,identity\n');
  for (let i = 0; i < lines; i++) {
    const more = list.write(
      `person_${Math.floor(i / IMAGES_OF_A_PERSON)}/image_${i}.jpg,images/${i % FILES}.jpg,person_${Math.floor(i / IMAGES_OF_A_PERSON)}\n`,
    );
    if (!more) await new Promise((resolve) => list.once('drain', resolve));
  }
  list.end();
  await finished(list);
}
