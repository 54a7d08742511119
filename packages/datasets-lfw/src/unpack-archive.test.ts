import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Header } from 'tar';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LfwArchiveError } from './index.ts';
import { archiveLimits, unpackArchive } from './unpack-archive.ts';

let root: string;
let target: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-unpack-'));
  target = join(root, 'cache', 'lfw');
});
afterEach(() => rm(root, { recursive: true }));

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  readonly data?: string;
  readonly size?: number;
}

function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath, data = '', size = data.length }) => {
    const header = Buffer.alloc(512);
    const fields = { path, type, mode: 0o644, size, ...(linkpath === undefined ? {} : { linkpath }) };
    new Header(fields).encode(header);
    const body = Buffer.alloc(Math.ceil(data.length / 512) * 512);
    body.write(data);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function unpack(bytes: Buffer): Promise<void> {
  const archive = join(root, 'lfw.tgz');
  await writeFile(archive, bytes);
  return unpackArchive(archive, target, () => {});
}

const good: Entry[] = [
  { path: 'lfw/', type: 'Directory' },
  { path: 'lfw/Ann/Ann_0001.jpg', data: 'one' },
  { path: 'lfw/Ann/notes.txt', data: 'not an image' },
  { path: 'lfw/Bob/Bob_0001.jpg', data: 'x'.repeat(5000) },
];

test('images are unpacked, other files left out, and an existing folder is kept', async () => {
  await unpack(gzipSync(tarOf(good)));
  expect((await readdir(target, { recursive: true })).sort()).toEqual([
    'Ann',
    'Ann/Ann_0001.jpg',
    'Bob',
    'Bob/Bob_0001.jpg',
  ]);
  expect(await readFile(join(target, 'Bob/Bob_0001.jpg'), 'utf8')).toBe('x'.repeat(5000));
  await unpack(gzipSync(tarOf(good)));
  expect(await readdir(join(root, 'cache'))).toEqual(['lfw']);
});

test.each<[string, Entry, string]>([
  ['a path with ..', { path: 'lfw/../../evil.jpg', data: 'x' }, 'leads out of the folder'],
  ['an absolute path', { path: '/tmp/a/evil.jpg', data: 'x' }, 'leads out of the folder'],
  ['a drive', { path: 'C:/a/evil.jpg', data: 'x' }, 'leads out of the folder'],
  ['backslashes', { path: 'lfw\\Ann\\evil.jpg', data: 'x' }, 'is no portable path'],
  [
    'a symbolic link',
    { path: 'lfw/Ann/a.jpg', type: 'SymbolicLink', linkpath: '/etc/passwd' },
    'is a SymbolicLink',
  ],
  ['a hard link', { path: 'lfw/Ann/a.jpg', type: 'Link', linkpath: 'lfw/Bob' }, 'is a Link'],
  ['a device', { path: 'lfw/Ann/a.jpg', type: 'CharacterDevice' }, 'is a CharacterDevice'],
  ['a pipe', { path: 'lfw/Ann/a.jpg', type: 'FIFO' }, 'is a FIFO'],
  ['a huge file', { path: 'lfw/Ann/a.jpg', size: archiveLimits.fileBytes + 1 }, 'is larger than'],
])('an archive with %s is refused and nothing is left', async (_, entry, message) => {
  const refused = unpack(gzipSync(tarOf([...good, entry])));
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toSatisfy((error) => LfwArchiveError.isInstance(error));
  expect(await readdir(join(root, 'cache'))).toEqual([]);
});

test('a bomb is refused', async () => {
  const many = Array.from({ length: archiveLimits.entries + 1 }, () => ({
    path: 'lfw/a',
    type: 'Directory' as const,
  }));
  await expect(unpack(gzipSync(tarOf(many)))).rejects.toThrow('more than 50000 entries');

  const { totalBytes } = archiveLimits;
  archiveLimits.totalBytes = 2 ** 20;
  try {
    const bomb = unpack(gzipSync(tarOf([...good, { path: 'lfw/Ann/b.jpg', data: 'x'.repeat(2 ** 20) }])));
    await expect(bomb).rejects.toThrow('it unpacks to more than 1048576 bytes');
  } finally {
    archiveLimits.totalBytes = totalBytes;
  }
  expect(await readdir(join(root, 'cache'))).toEqual([]);
});

test('damaged archives and other files are refused and nothing is left', async () => {
  const whole = gzipSync(tarOf(good));
  const flipped = Buffer.from(whole);
  flipped[flipped.length >> 1]! ^= 0xff;
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('<html>404</html>'),
    whole.subarray(0, whole.length - 20),
    flipped,
    gzipSync(tarOf(good).subarray(0, 2000)),
    gzipSync(Buffer.from('no tar at all, but long enough to be looked at'.repeat(50))),
    gzipSync(tarOf([{ path: 'other/readme.txt', data: 'x' }])),
  ]) {
    await expect(unpack(bytes)).rejects.toSatisfy((error) => LfwArchiveError.isInstance(error));
    expect(await readdir(join(root, 'cache'))).toEqual([]);
  }
});

test('any damage is refused or harmless, and nothing is written elsewhere', async () => {
  const whole = tarOf(good);
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      const error = await unpack(gzipSync(bytes)).catch((reason: unknown) => reason);
      const kept = await readdir(target, { recursive: true }).catch(() => []);
      await rm(target, { recursive: true, force: true });
      const outside =
        (await readdir(root)).join() !== 'cache,lfw.tgz' || (await readdir(join(root, 'cache'))).length > 0;
      return !outside && (error === undefined ? kept.length > 0 : LfwArchiveError.isInstance(error));
    }),
    { numRuns: 60 },
  );
});

test('concurrent unpacking leaves one folder', async () => {
  const archive = join(root, 'lfw.tgz');
  await writeFile(archive, gzipSync(tarOf(good)));
  await Promise.all(Array.from({ length: 4 }, () => unpackArchive(archive, target, () => {})));
  expect(await readdir(join(root, 'cache'))).toEqual(['lfw']);
});

test('what a killed process left behind is removed after an hour, not before', async () => {
  const cache = join(root, 'cache');
  await mkdir(join(cache, '.lfw-old', 'Ann'), { recursive: true });
  await mkdir(join(cache, '.lfw-new'));
  await utimes(join(cache, '.lfw-old'), 1, 1);
  await unpack(gzipSync(tarOf(good)));
  expect((await readdir(cache)).sort()).toEqual(['.lfw-new', 'lfw']);
});
