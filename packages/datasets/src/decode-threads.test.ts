import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DecodeChunk, decodeChunk } from './decode-chunk.ts';
import { startDecodeThread } from './decode-threads.ts';
import { type PackedImages, packImages } from './index.ts';

let root: string;
let worker: URL;
beforeAll(async () => {
  // Inside the package, so that the decoders are found from there.
  root = await mkdtemp(join(fileURLToPath(new URL('../node_modules/', import.meta.url)), '.threads-'));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await build({
    entry: ['index.ts', 'decode-worker.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url))),
    outDir: root,
    config: false,
    silent: true,
    format: 'esm',
    splitting: false,
    external: ['sharp', '@julusian/jpeg-turbo'],
    noExternal: [/^@ft\//],
    esbuildOptions: (options) => void (options.conditions = ['@ft/source']),
  });
  worker = pathToFileURL(join(root, 'decode-worker.js'));
});
afterAll(() => rm(root, { recursive: true }));

async function chunkOf(files: Record<string, Buffer>) {
  const images: DecodeChunk['images'][number][] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(root, name);
    await writeFile(file, bytes);
    images.push({ file, region: undefined });
  }
  return () => ({ images, size: 8, pixels: new ArrayBuffer(images.length * 8 * 8 * 3) });
}

const solid = (color: string) =>
  sharp({ create: { width: 40, height: 30, channels: 3 as const, background: color } });

test('a thread gives what decoding here gives, for every kind of image', async () => {
  const chunk = await chunkOf({
    'plain.jpg': await solid('#2090c0').jpeg().toBuffer(),
    'turned.jpg': await solid('#c02090').jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    'a.png': await solid('#90c020').png().toBuffer(),
    'empty.jpg': Buffer.alloc(0),
  });
  const expected = await decodeChunk(chunk());
  expect(expected.problems.map((problem) => problem === undefined)).toEqual([true, true, true, false]);
  const thread = startDecodeThread(worker, () => {});
  const given = chunk();
  const answers = [thread.decode(given), thread.decode(chunk()), thread.decode(chunk())];
  expect(thread.waiting()).toBe(3);
  expect(given.pixels.byteLength).toBe(0);
  for (const answer of answers) expect(await answer).toEqual(expected);
  expect(thread.waiting()).toBe(0);
});

test('an error that is not about the image is passed on, and the thread goes on', async () => {
  const chunk = await chunkOf({ 'plain.jpg': await solid('#2090c0').jpeg().toBuffer() });
  const thread = startDecodeThread(worker, () => {});
  await expect(thread.decode({ ...chunk(), size: -1 })).rejects.toThrow(RangeError);
  expect((await thread.decode(chunk())).problems).toEqual([undefined]);
});

test('a thread that ends takes what waits with it, and says so', async () => {
  const script = join(root, 'ends.js');
  await writeFile(
    script,
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
  );
  let ended = 0;
  const thread = startDecodeThread(pathToFileURL(script), () => ended++);
  const chunk = { images: [], size: 8, pixels: new ArrayBuffer(0) };
  await expect(thread.decode(chunk)).rejects.toThrow('A thread that decodes images ended with code 3.');
  expect(ended).toBe(1);
});

test('built, packImages gives from threads what the sources give without', async () => {
  const files: string[] = [];
  for (let i = 0; i < 130; i++) {
    files.push(join(root, `${i}.${i % 9 === 0 ? 'png' : 'jpg'}`));
    await solid(`rgb(${i}, 100, ${255 - i})`).toFile(files[i]!);
  }
  await writeFile(files[50]!, 'no image');
  const dataset = {
    name: 'test',
    images: files.map((file, i) => ({ id: String(i), identity: String(i % 7), file })),
  };
  const built = (await import(pathToFileURL(join(root, 'index.js')).href)) as {
    packImages: typeof packImages;
  };
  const packed: PackedImages[] = [];
  for (const [i, pack] of [packImages, built.packImages].entries()) {
    packed.push(await pack(dataset, { size: 8, cacheDir: join(root, `cache-${i}`), onDamaged: 'skip' }));
  }
  expect(packed[1]).toEqual(packed[0]);
  expect(packed[0]!.skipped.map(({ id }) => id)).toEqual(['50']);
  const options = { size: 8, cacheDir: join(root, 'cache-2'), onDamaged: 'refuse' } as const;
  await expect(built.packImages(dataset, options)).rejects.toThrow(/50\.jpg cannot be used/);
});
