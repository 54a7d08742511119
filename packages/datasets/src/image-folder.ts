import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { compareText } from './compare-text.ts';
import type { FaceDataset, FaceImage } from './face-dataset.ts';
import { ImageFolderError } from './image-folder-error.ts';

const imageExtensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff', '.gif']);

/**
 * The data set of a folder that holds one sub-folder a person, each with that person's images.
 *
 * Files with other endings, names that begin with a dot, and files beside the person folders are left out.
 * Links are followed.
 *
 * @param dir the folder
 * @returns the images, sorted by id; an image's id is `person/file`, its identity the sub-folder's name
 * @throws ImageFolderError where the folder is missing, has no person folder, or a person folder has no image
 */
export async function imageFolder(dir: string): Promise<FaceDataset> {
  const root = resolve(dir);
  const people = (await entries(root, 'The image folder')).directories;
  if (people.length === 0) {
    throw new ImageFolderError(
      root,
      `imageFolder: ${root} has no sub-folders. Make one sub-folder a person and put that person's images inside.`,
    );
  }
  const images: FaceImage[] = [];
  for (const identity of people) {
    const folder = join(root, identity);
    const files = (await entries(folder, 'The person folder')).files.filter((file) =>
      imageExtensions.has(extname(file).toLowerCase()),
    );
    if (files.length === 0) {
      throw new ImageFolderError(
        folder,
        `imageFolder: ${folder} has no image (${[...imageExtensions].join(' ')}). Add one or remove the folder.`,
      );
    }
    for (const file of files) images.push({ id: `${identity}/${file}`, identity, file: join(folder, file) });
  }
  images.sort((a, b) => compareText(a.id, b.id));
  return { name: basename(root), images };
}

async function entries(folder: string, what: string): Promise<{ directories: string[]; files: string[] }> {
  const directories: string[] = [];
  const files: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const kind = entry.isSymbolicLink() ? await stat(join(folder, entry.name)) : entry;
      if (kind.isDirectory()) directories.push(entry.name);
      else if (kind.isFile()) files.push(entry.name);
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ImageFolderError(
      folder,
      `imageFolder: ${what} ${folder} cannot be read (${reason}). Check the path and its permissions.`,
      { cause },
    );
  }
  return { directories, files };
}
