import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf, runFt } from './run-ft.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-data-'));
  const faces = syntheticIdentities({ identities: 3, imagesPerIdentity: 2, size: 48, seed: 5 });
  const bytes = 48 * 48 * 3;
  for (let i = 0; i < faces.count; i++) {
    const folder = join(home, 'photos', `Ann ${faces.labels[i]}`);
    await mkdir(folder, { recursive: true });
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: 48, height: 48, channels: 3 },
    }).toFile(join(folder, `${i}.jpg`));
  }
  await writeFile(join(home, 'photos', 'Ann 0', 'cut.jpg'), 'no image');
  // Another set of images: one person by another spelling of the name, one photograph under another name.
  await mkdir(join(home, 'others', '1, Ann'), { recursive: true });
  await mkdir(join(home, 'others', 'Bob'));
  await sharp(join(home, 'photos', 'Ann 1', '2.jpg'))
    .negate()
    .toFile(join(home, 'others', '1, Ann', 'x.png'));
  await copyFile(join(home, 'photos', 'Ann 2', '4.jpg'), join(home, 'others', 'Bob', 'y.jpg'));
});
afterAll(() => rm(home, { recursive: true }));

const ft = (...args: string[]) => runFt(home, ['data', ...args]);
const lastEvent = ({ out }: { out: string }) => eventsOf(out).at(-1)!;

test('inspect counts what there is, names what cannot be used, and writes the sheet', async () => {
  const outcome = await ft('inspect', 'folder:photos', '--size', '32', '--count', '4');
  expect(outcome).toMatchObject({ code: 0, error: '' });
  expect(outcome.out).toContain('photos: 7 images of 3 people');
  expect(outcome.out).toContain('Images of a person: 2 to 3, middle 2; 3 people have two or more');
  expect(outcome.out).toContain('Sizes: 48 x 48 to 48 x 48 pixels, 1 different, most often 48 x 48');
  expect(outcome.out).toContain('Pictures: 32 x 32, from the largest square in the middle');
  expect(outcome.out).toMatch(/Skipped: 1 of 7\n {2}1: .*, first Ann 0\/cut\.jpg/);
  expect(await sharp(join(home, 'contact-sheet.jpg')).metadata()).toMatchObject({ width: 128, height: 32 });
});

test('inspect --align shows every face on the template', async () => {
  const outcome = await ft(
    'inspect',
    'folder:photos',
    '--align',
    '--template',
    'dlib',
    '--out',
    'a.png',
    '--json',
  );
  expect(outcome).toMatchObject({ code: 0, error: '' });
  const event = lastEvent(outcome) as { used: number; skipped: unknown[] };
  expect(event).toMatchObject({ event: 'inspected', images: 7, people: 3, size: 150, sheet: 'a.png' });
  expect(event.used + event.skipped.length).toBe(7);
  expect(event.used).toBeGreaterThan(0);
  expect((await sharp(join(home, 'a.png')).metadata()).height).toBe(150);
});

test('overlap finds people by name and photographs by pixels', async () => {
  const outcome = await ft('overlap', 'folder:photos', 'folder:others', '--json');
  expect(outcome).toMatchObject({ code: 0, error: '' });
  expect(lastEvent(outcome)).toEqual({
    event: 'overlap',
    people: [3, 2],
    images: [6, 2],
    names: [{ first: 'Ann 1', second: '1, Ann', how: 'same words' }],
    photographs: [{ first: 'Ann 2/4.jpg', second: 'Bob/y.jpg', bits: 0, identical: true }],
  });
  const text = await ft('overlap', 'folder:photos', 'folder:others');
  expect(text.out).toContain('  Ann 2/4.jpg = Bob/y.jpg (every pixel)');
});

test('prepare-lfw takes what a mirror has only if its checksum fits', async () => {
  const server = createServer((_, response) => response.end('other bytes'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outcome = await ft('prepare-lfw', 'lfw', '--mirror', url);
  server.close();
  expect(outcome.code).toBe(2);
  expect(outcome.error).toContain('pairs.txt could not be downloaded');
  expect(outcome.error).toContain('the checksum does not fit');
});

const half = (names: string[]) => `${names.length}\n${names.map((name) => `${name}\t20\n`).join('')}`;
const pairs = (name: string, other: string) => `${name}\t1\t2\n${name}\t1\t${other}\t1\n`;

test('a process killed while it unpacks leaves nothing that the next one takes for the images', async () => {
  const lfw = join(home, 'lfw');
  const people = Array.from({ length: 200 }, (_, i) => `Person_${i}`);
  for (const person of people) {
    const folder = join(lfw, 'lfw-deepfunneled', person);
    await mkdir(folder, { recursive: true });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        writeFile(join(folder, `${person}_${String(i + 1).padStart(4, '0')}.jpg`), randomBytes(3000)),
      ),
    );
  }
  execFileSync('tar', ['czf', 'lfw-deepfunneled.tgz', 'lfw-deepfunneled'], { cwd: lfw });
  await rm(join(lfw, 'lfw-deepfunneled'), { recursive: true });
  const [some, others] = [people.slice(0, 100), people.slice(100)];
  const lists = {
    'people.txt': `2\n${half(some)}${half(others)}`,
    'peopleDevTrain.txt': half(some),
    'peopleDevTest.txt': half(others),
    'pairs.txt': `2\t1\n${pairs('Person_0', 'Person_1')}${pairs('Person_100', 'Person_101')}`,
    'pairsDevTrain.txt': `1\n${pairs('Person_0', 'Person_1')}`,
    'pairsDevTest.txt': `1\n${pairs('Person_100', 'Person_101')}`,
  };
  for (const [name, text] of Object.entries(lists)) await writeFile(join(lfw, name), text);

  const cacheDir = join(home, 'lfw-cache');
  const open = (onStart: (kill: () => void) => void = () => {}) =>
    new Promise<{ out: string; signal: string | null }>((resolve, reject) => {
      const code = `import { openLfw } from '@ft/datasets-lfw';
        const options = { cacheDir: ${JSON.stringify(cacheDir)}, verifyChecksum: false };
        const { dataset } = await openLfw(${JSON.stringify(lfw)}, options);
        console.log(dataset.images.length);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.on('error', reject).on('close', (_, signal) => resolve({ out: out.trim(), signal }));
      onStart(() => child.kill('SIGKILL'));
    });
  const killed = await open((kill) => {
    const watch = setInterval(() => {
      void readdir(cacheDir, { recursive: true }).then(
        (names) => {
          if (names.length < 50) return;
          clearInterval(watch);
          kill();
        },
        () => {},
      );
    }, 2);
    watch.unref();
  });
  expect(killed).toEqual({ out: '', signal: 'SIGKILL' });
  expect((await readdir(cacheDir)).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(await open()).toEqual({ out: '4000', signal: null });
  expect((await readdir(cacheDir)).filter((name) => !name.startsWith('.'))).toHaveLength(1);
});

test.each([
  [['inspect', 'photos'], 'source must be lfw:DIR, folder:DIR or manifest:FILE, got "photos"'],
  [['inspect', 'folder:photos', '--out', 'sheet.txt'], '--out must be a file name that ends in .jpg'],
  [['inspect', 'folder:nowhere'], 'cannot be read (ENOENT)'],
  [['inspect', 'folder:photos', '--template', 'dlip'], 'Did you mean dlib?'],
])('%j is refused with a sentence', async (args, message) => {
  const outcome = await ft(...args);
  expect(outcome.code).toBe(2);
  expect(outcome.error).toContain(message);
});
