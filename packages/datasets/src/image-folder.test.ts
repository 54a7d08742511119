import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imageFolder, ImageFolderError } from './index.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), '');
}

test('images are listed by id, in code-unit order, whatever their names', async () => {
  const paths = ['o\'Neil "x"/b.JPG', 'Zoë/1.png', 'Zoe/2.webp', 'a b/c d.jpeg'];
  for (const path of [...paths, 'Zoe/notes.txt', 'Zoe/.hidden.jpg', 'readme.md', '.git/x.jpg'])
    await put(path);
  const { images } = await imageFolder(root);
  expect(images.map(({ id }) => id)).toEqual([...paths].sort());
  expect(images[0]).toEqual({ id: 'Zoe/2.webp', identity: 'Zoe', file: join(root, 'Zoe', '2.webp') });
});

test('links to folders and files are followed', async () => {
  await put('real/1.jpg');
  await mkdir(join(root, 'people'));
  await symlink(join(root, 'real'), join(root, 'people', 'linked'));
  const { images } = await imageFolder(join(root, 'people'));
  expect(images.map(({ id }) => id)).toEqual(['linked/1.jpg']);
});

test('a missing folder, no person folders and a person without images are told apart', async () => {
  await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow(/nowhere cannot be read \(ENOENT\)/);
  await expect(imageFolder(root)).rejects.toThrow(/has no sub-folders\. Make one sub-folder a person/);
  await mkdir(join(root, 'Ann'));
  await expect(imageFolder(root)).rejects.toThrow(/Ann has no image/);
  await expect(imageFolder(root)).rejects.toSatisfy(ImageFolderError.isInstance.bind(ImageFolderError));
});
