import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { imageFolder } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';

/** An image file and whose it is. */
export interface NamedImage {
  readonly person: string;
  readonly file: string;
}

/**
 * Reads who is on which image from a command's arguments: a folder with a sub-folder for each person, or
 * `PERSON=FILE` with more files of that person after it.
 *
 * @throws InvalidArgumentError where an argument is neither
 */
export async function namedImages(sources: readonly string[]): Promise<NamedImage[]> {
  const named: NamedImage[] = [];
  let person: string | undefined;
  for (const source of sources) {
    const equals = source.indexOf('=');
    if (equals > 0) {
      person = source.slice(0, equals);
      const file = source.slice(equals + 1);
      if (file !== '') named.push({ person, file: resolve(file) });
    } else if (person !== undefined) {
      named.push({ person, file: resolve(source) });
    } else if ((await stat(source).catch(() => undefined))?.isDirectory() === true) {
      const { images } = await imageFolder(source);
      named.push(...images.map(({ identity, file }) => ({ person: identity, file })));
    } else {
      throw new InvalidArgumentError({
        where: 'ft enroll',
        argument: 'people',
        expected: 'PERSON=FILE [FILE...] or a folder with a sub-folder for each person',
        got: source,
      });
    }
  }
  return named;
}

/** A name for an image that is the same for the same bytes, wherever the file lies. */
export async function imageId(file: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return `${basename(file)} ${digest.slice(0, 16)}`;
}
