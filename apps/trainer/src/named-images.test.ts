import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { imageId, namedImages } from './named-images.ts';

test('files after a name are of that person', async () => {
  expect(await namedImages(['Ann=a.jpg', 'b.jpg', 'Bo X=', 'c=d.jpg', 'e.jpg'])).toEqual([
    { person: 'Ann', file: resolve('a.jpg') },
    { person: 'Ann', file: resolve('b.jpg') },
    { person: 'c', file: resolve('d.jpg') },
    { person: 'c', file: resolve('e.jpg') },
  ]);
});

test('a folder has a person in each sub-folder; anything else is refused', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ft-named-'));
  try {
    await mkdir(join(home, 'Ann'));
    await writeFile(join(home, 'Ann', '1.jpg'), 'x');
    await writeFile(join(home, '2.jpg'), 'x');
    expect(await namedImages([home])).toEqual([{ person: 'Ann', file: join(home, 'Ann', '1.jpg') }]);
    const [first, second] = await Promise.all([
      imageId(join(home, 'Ann', '1.jpg')),
      imageId(join(home, '2.jpg')),
    ]);
    expect(first).toMatch(/^1\.jpg [0-9a-f]{16}$/);
    expect(first.slice(6)).toBe(second.slice(6));
    await expect(namedImages([join(home, '2.jpg')])).rejects.toThrow(
      'people must be PERSON=FILE [FILE...] or a folder',
    );
  } finally {
    await rm(home, { recursive: true });
  }
});
