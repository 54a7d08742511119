import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from './index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ft-atomic-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('writes text and bytes, replaces, and leaves nothing else', async () => {
  const file = join(directory, 'a.txt');
  await writeFileAtomic(file, 'größer');
  expect(await readFile(file, 'utf8')).toBe('größer');
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => i);
  await writeFileAtomic(file, bytes.subarray(3));
  expect(Buffer.compare(await readFile(file), bytes.subarray(3))).toBe(0);
  expect(await readdir(directory)).toEqual(['a.txt']);
});

test('many writers at once: one of them wins whole', async () => {
  const file = join(directory, 'a.txt');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
  await Promise.all(contents.map((content) => writeFileAtomic(file, content)));
  expect(contents).toContain(await readFile(file, 'utf8'));
  expect(await readdir(directory)).toEqual(['a.txt']);
});

test('a failure keeps what was there and leaves nothing behind', async () => {
  await expect(writeFileAtomic(join(directory, 'missing/a.txt'), 'x')).rejects.toMatchObject({
    code: 'ENOENT',
  });
  const folder = join(directory, 'folder');
  await mkdir(folder);
  await expect(writeFileAtomic(folder, 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM|EEXIST/);
  expect(await readdir(directory)).toEqual(['folder']);
});
