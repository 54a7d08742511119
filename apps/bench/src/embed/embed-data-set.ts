import { rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { imageFolder, readManifest, type FaceDataset, type SquareCrop } from '@ft/datasets';
import { LFW_CROPS, LFW_LANDMARK_BOX, openLfw } from '@ft/datasets-lfw';
import { accelerate, selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { encodeSafetensors, loadModel } from '@ft/models';
import type { EmbedOptions } from '../commands/embed.ts';
import { imageCache } from '../image-cache.ts';
import { contentKey } from '../jobs/content-key.ts';
import { executorOf } from '../jobs/executor-of.ts';
import type { Job } from '../jobs/job.ts';
import { resultStore } from '../jobs/result-store.ts';
import { packageVersions } from '../package-versions.ts';
import type { Shard } from './shard.ts';

const FAILED = 1;
const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * `ft-bench embed`: embeds what is not known yet, a shard a job, and writes all embeddings into one file.
 *
 * @param root the package's folder
 */
export async function embedDataSet(options: EmbedOptions, root: URL): Promise<void> {
  const { out, shard: perShard } = options;
  const engine = await selectEngine(options.engine === undefined ? {} : { require: options.engine });
  if (engine.name !== 'wasm') accelerate();
  const directory = resolve(options.model);
  const { model, modelId } = await loadModel(directory);
  const { embeddingSize } = model.architecture;
  model.dispose();
  const { dataset, crop, box } = await openSource(options.data);
  const { images } = dataset;
  const same = {
    format: 'ft-bench-shard-1' as const,
    crop,
    box,
    model: { directory, id: modelId },
    engine: engine.name,
    versions: { engine: engine.version, ...packageVersions(['datasets', 'engine', 'models']) },
  };
  const jobs: Job[] = [];
  for (let start = 0; start < images.length; start += perShard) {
    const listed = await Promise.all(
      images.slice(start, start + perShard).map(async ({ id, file }) => {
        const { size, mtimeMs } = await stat(file);
        return { id, file, facts: `${size} ${mtimeMs}` };
      }),
    );
    const payload: Shard = { ...same, images: listed };
    jobs.push({ key: contentKey(payload), kind: 'shard', payload });
  }
  const store = await resultStore(`${out}.shards`);
  const open: Job[] = [];
  for (const job of jobs) if ((await store.get(job.key)) === undefined) open.push(job);
  say(`${jobs.length} shards of ${images.length} images, ${jobs.length - open.length} of them known.`);

  let done = jobs.length - open.length;
  const abort = new AbortController();
  const interrupt = () => abort.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const failed = await executorOf(options, root).run(
    open,
    async ({ key }, result) => {
      await store.put(key, {}, result);
      say(`[${++done}/${jobs.length}]`);
    },
    abort.signal,
  );
  for (const { job, reason } of failed) {
    say(`Failed: the shard from ${(job.payload as Shard).images[0]!.id}: ${reason}`);
  }
  if (done < jobs.length) {
    say('The file is not written. The same command goes on with what is missing.');
    process.exitCode = FAILED;
    return;
  }
  const embeddings = Buffer.concat(
    await Promise.all(jobs.map(async ({ key }) => Buffer.from((await store.get(key)) as string, 'base64'))),
  );
  const identities = [...new Set(images.map(({ identity }) => identity))].sort();
  const labelOf = new Map(identities.map((identity, label) => [identity, label]));
  const tensors = new Map([
    [
      'embeddings',
      {
        shape: [images.length, embeddingSize],
        data: new Float32Array(embeddings.buffer, embeddings.byteOffset, embeddings.length / 4),
      },
    ],
    [
      'labels',
      {
        shape: [images.length],
        data: Int32Array.from(images, ({ identity }) => labelOf.get(identity)!),
      },
    ],
  ]);
  const metadata = {
    model: modelId,
    dataset: dataset.name,
    ids: JSON.stringify(images.map(({ id }) => id)),
    identities: JSON.stringify(identities),
  };
  await writeFileAtomic(out, encodeSafetensors(tensors, metadata));
  await rm(`${out}.shards`, { recursive: true });
  say(`${images.length} embeddings of ${embeddingSize} numbers: ${out}`);
}

/** Images, and where their faces are known to be. */
interface Source {
  readonly dataset: FaceDataset;
  readonly crop: SquareCrop | null;
  readonly box: SquareCrop | null;
}

/** @throws InvalidArgumentError where the source is none of `folder:DIR`, `manifest:FILE` and `lfw:DIR` */
async function openSource(source: string): Promise<Source> {
  const match = /^(folder|manifest|lfw):(.+)$/.exec(source);
  const path = match?.[2] ?? '';
  switch (match?.[1]) {
    case 'folder':
      return { dataset: await imageFolder(path), crop: null, box: null };
    case 'manifest':
      return { dataset: await readManifest(path), crop: null, box: null };
    case 'lfw': {
      const { dataset, variant } = await openLfw(path, { cacheDir: imageCache() });
      return { dataset, crop: LFW_CROPS[variant], box: LFW_LANDMARK_BOX };
    }
    default:
      throw new InvalidArgumentError({
        where: 'ft-bench embed',
        argument: '--data',
        expected: 'folder:DIR, manifest:FILE or lfw:DIR',
        got: source,
      });
  }
}
