import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageFolder, packImages, syntheticIdentities } from '@ft/datasets';
import { selectEngine } from '@ft/engine';
import { createModel, decodeSafetensors, embedImages, saveModel, smallCnn } from '@ft/models';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, redisMissing, startRedis, stop } from './redis-server.ts';

// The command as it is built and installed.
const SCRIPT = fileURLToPath(new URL('../bin/ft-bench.js', import.meta.url));
const [PEOPLE, IMAGES, SIZE, SHARD] = [20, 4, 64, 8];
const SHARDS = (PEOPLE * IMAGES) / SHARD;

let home: string;
let expected: Float32Array;
let ids: readonly string[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-bench-embed-'));
  const faces = syntheticIdentities({ identities: PEOPLE, imagesPerIdentity: IMAGES, size: SIZE, seed: 3 });
  const bytes = SIZE * SIZE * 3;
  for (let i = 0; i < faces.count; i++) {
    const person = join(home, 'photos', `person ${faces.labels[i]}`);
    await mkdir(person, { recursive: true });
    const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), { raw })
      .jpeg()
      .toFile(join(person, `${i}.jpg`));
  }
  await selectEngine();
  const model = createModel(smallCnn({ size: SIZE }), { seed: 4 });
  await saveModel(model, join(home, 'model'));
  const packed = await packImages(await imageFolder(join(home, 'photos')), {
    size: SIZE,
    cacheDir: join(home, 'cache'),
    onDamaged: 'refuse',
  });
  ids = packed.ids;
  expected = await embedImages(model, packed, { flip: true });
  model.dispose();
}, 60_000);
afterAll(() => rm(home, { recursive: true }));

function embed(out: string, ...args: string[]) {
  const given = ['--data', 'folder:photos', '--model', 'model', '--shard', String(SHARD), '--out', out];
  const child = spawn(process.execPath, [SCRIPT, 'embed', ...given, ...args], {
    cwd: home,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, said }));
  });
  return { child, ended };
}

const known = (out: string) => {
  try {
    return readdirSync(join(home, `${out}.shards`)).filter((name) => name.endsWith('.json')).length;
  } catch {
    return 0;
  }
};

const KILLS = 3;

/** Calls `kill` whenever further shards have arrived, a few times, until the command ends. */
async function whileItRuns(out: string, { ended }: ReturnType<typeof embed>, kill: () => boolean) {
  let [kills, seen] = [0, 0];
  const timer = setInterval(() => {
    if (kills < KILLS && known(out) > seen && kill()) [kills, seen] = [kills + 1, known(out)];
  }, 10);
  const result = await ended;
  clearInterval(timer);
  return { ...result, kills };
}

test('one process gives what embedding all images at once gives, with labels and ids', async () => {
  const { code, said } = await embed('one.safetensors').ended;
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining(`80 embeddings of 128`) });
  const { tensors, metadata } = decodeSafetensors(await readFile(join(home, 'one.safetensors')), 'one');
  const { shape, data } = tensors.get('embeddings')!;
  expect(shape).toEqual([PEOPLE * IMAGES, 128]);
  data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  expect(JSON.parse(metadata['ids']!)).toEqual(ids);
  const identities = JSON.parse(metadata['identities']!) as string[];
  tensors
    .get('labels')!
    .data.forEach((label, i) => expect(ids[i]!.startsWith(`${identities[label]!}/`)).toBe(true));
  await expect(stat(join(home, 'one.safetensors.shards'))).rejects.toThrow('ENOENT');
}, 60_000);

test.skipIf(process.platform !== 'linux')(
  'processes that are killed change nothing: the same bytes as of one process',
  async () => {
    const running = embed('two.safetensors', '--workers', '2');
    const pid = String(running.child.pid);
    const { code, said, kills } = await whileItRuns('two.safetensors', running, () => {
      const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      return worker !== '' && process.kill(Number(worker), 'SIGKILL');
    });
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(kills).toBeGreaterThan(0);
    expect(await readFile(join(home, 'two.safetensors'))).toEqual(
      await readFile(join(home, 'one.safetensors')),
    );
  },
  120_000,
);

test.skipIf(redisMissing)(
  `workers of a queue that are killed change nothing${redisMissing ? ' (redis-server is not installed)' : ''}`,
  async () => {
    const port = await freePort();
    const redis = await startRedis(home, port);
    const url = `redis://127.0.0.1:${port}`;
    const workers = new Set<ChildProcess>();
    const ready = new Set<ChildProcess>();
    const startWorker = () => {
      const args = [SCRIPT, 'work', '--redis', url, '--lock-ms', '4000'];
      const worker = spawn(process.execPath, args, { cwd: home, stdio: ['ignore', 'pipe', 'ignore'] });
      workers.add(worker);
      worker.stdout.once('data', () => ready.add(worker));
      worker.once('exit', () => {
        workers.delete(worker);
        ready.delete(worker);
      });
    };
    startWorker();
    startWorker();
    try {
      const running = embed('queue.safetensors', '--redis', url);
      const { code, said, kills } = await whileItRuns('queue.safetensors', running, () => {
        const [worker] = ready;
        if (worker === undefined) return false;
        startWorker();
        return worker.kill('SIGKILL');
      });
      expect({ code, said }).toMatchObject({ code: 0 });
      expect(kills).toBeGreaterThan(0);
      expect(await readFile(join(home, 'queue.safetensors'))).toEqual(
        await readFile(join(home, 'one.safetensors')),
      );
    } finally {
      for (const worker of workers) worker.kill('SIGKILL');
      await stop(redis);
    }
  },
  180_000,
);

test('a damaged image or another model is named, nothing is written, and the rest is kept for the next time', async () => {
  const file = join(home, 'photos/person 3', readdirSync(join(home, 'photos/person 3'))[0]!);
  const whole = await readFile(file);
  await truncate(file, 200);
  const first = await embed('mended.safetensors').ended;
  expect(first).toMatchObject({ code: 1, said: expect.stringContaining(file) });
  expect(known('mended.safetensors')).toBe(SHARDS - 1);
  await expect(stat(join(home, 'mended.safetensors'))).rejects.toThrow('ENOENT');
  await writeFile(file, whole);
  const again = await embed('mended.safetensors').ended;
  expect(again).toMatchObject({
    code: 0,
    said: expect.stringContaining(`${SHARDS} shards of 80 images, ${SHARDS - 1} of them known`),
  });
  expect(await readFile(join(home, 'mended.safetensors'))).toEqual(
    await readFile(join(home, 'one.safetensors')),
  );
}, 60_000);

test.each([
  [['--data', 'photos'], '--data must be folder:DIR, manifest:FILE or lfw:DIR, got "photos"'],
  [['--data', 'folder:nowhere'], 'nowhere'],
  [['--model', 'photos'], 'photos'],
])('a mistake is one sentence: %j', async (args, sentence) => {
  const { code, said } = await embed('never.safetensors', ...args).ended;
  expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining(sentence) });
});
