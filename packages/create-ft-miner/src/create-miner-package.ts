import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FtError, InvalidArgumentError } from '@ft/errors';

/** The folder to be made is there already and holds something. */
class FolderNotEmptyError extends FtError {
  static override readonly code: string = 'FT_FOLDER_NOT_EMPTY';
}

export interface CreatedPackage {
  /** The name of the package, e.g. `ft-miner-nearest-two`. */
  readonly package: string;
  /** The name of the strategy in it, e.g. `nearest-two`. */
  readonly miner: string;
  /** Where it was written. */
  readonly directory: string;
}

/**
 * Writes a package with a mining strategy that works, its tests, and the manifest that announces it.
 *
 * @param name lower-case words joined by hyphens, with or without `ft-miner-` before them and a scope before that
 * @param parent the folder in which a folder of the package's name, without the scope, is made
 * @param versions the ranges of `@ft/miner-api` and `@ft/miner-test-kit` that it depends on
 * @throws InvalidArgumentError where the name is none; FolderNotEmptyError where the folder holds something
 */
export async function createMinerPackage(
  name: string,
  parent: string,
  versions: Readonly<Record<string, string>>,
): Promise<CreatedPackage> {
  const [, scope = '', miner] =
    /^(@[a-z0-9][a-z0-9._-]*\/)?(?:ft-miner-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(name) ?? [];
  if (miner === undefined) {
    throw new InvalidArgumentError({
      where: 'create-ft-miner',
      argument: 'the name',
      expected:
        'lower-case words joined by hyphens, such as "nearest-two", "ft-miner-nearest-two" or "@me/nearest-two"',
      got: name,
    });
  }
  const folder = `ft-miner-${miner}`;
  const created = { package: scope + folder, miner, directory: join(parent, folder) };
  await requireEmpty(created.directory);
  const words: Readonly<Record<string, string>> = {
    'ft-miner-nth-nearest': created.package,
    'nth-nearest': miner,
    nthNearest: miner.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  };
  const template = fileURLToPath(new URL('../template/', import.meta.url));
  await mkdir(created.directory, { recursive: true });
  for (const file of await readdir(template)) {
    const text = await readFile(join(template, file), 'utf8');
    const target = RENAMED[file] ?? file;
    const filled = text
      .replaceAll(/ft-miner-nth-nearest|nth-nearest|nthNearest/g, (word) => words[word]!)
      .replaceAll(
        /"(@ft\/[a-z-]+)": "\*"/g,
        (_, dependency: string) => `"${dependency}": "${versions[dependency]}"`,
      );
    await writeFile(join(created.directory, target), filled);
  }
  return created;
}

/** Under their own names, a package manager would treat these files of the template as this package's. */
const RENAMED: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'manifest.json': 'package.json',
};

async function requireEmpty(directory: string): Promise<void> {
  const held = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (held.length === 0) return;
  throw new FolderNotEmptyError(`${directory} is not empty. Choose another name, or move what is there.`);
}
