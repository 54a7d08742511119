import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FtError } from '@ft/errors';
import { z } from 'zod';

/** The project's ft.config cannot be loaded, or is wrong. */
export class ConfigError extends FtError {
  static override readonly code: string = 'FT_CONFIG_INVALID';
}

/** What the default export of `ft.config.ts`, or the object in `ft.config.json`, may hold. */
export interface FtConfig {
  /** Packages among the project's dependencies whose miners may run. */
  readonly plugins?: readonly string[];
  /** Settings of `ft train`, which checks them. */
  readonly train?: unknown;
}

export interface LoadedConfig {
  /** Where it stood; undefined where there is none. */
  readonly file: string | undefined;
  readonly plugins: readonly string[];
  /** As it stands there; undefined where it is missing. */
  readonly train?: unknown;
}

const NAMES = ['ft.config.ts', 'ft.config.js', 'ft.config.json'];
const names = 'a list of names of packages';
const schema = z.strictObject(
  { plugins: z.array(z.string(names).min(1, names), names).default([]), train: z.unknown().optional() },
  'an object such as { plugins: ["ft-miner-example"] }',
);

/**
 * Loads the project's own configuration: `ft.config.ts`, `.js` or `.json` beside the nearest package.json. The
 * file is code of the project and runs.
 *
 * @param directory where to look for the project's package.json, upwards
 * @returns what it says; no plugins where there is no such file
 * @throws ConfigError where there are two of them, it throws, or it holds something else
 */
export async function loadConfig(directory: string): Promise<LoadedConfig> {
  const root = projectRoot(resolve(directory));
  const [file, second] = NAMES.map((name) => join(root, name)).filter((path) => existsSync(path));
  if (file === undefined) return { file, plugins: [] };
  if (second !== undefined) throw new ConfigError(`There are both ${file} and ${second}. Remove one.`);
  const parsed = schema.safeParse(await contentOf(file));
  if (parsed.success) return { file, ...parsed.data };
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    throw new ConfigError(`${file} has the unknown key "${issue.keys[0]}"; known are "plugins" and "train".`);
  }
  const place = issue.path.length === 0 ? 'its default export' : issue.path.join('.');
  throw new ConfigError(`${file}: ${place} must be ${issue.message}.`);
}

async function contentOf(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8'));
    const { createJiti } = await import('jiti');
    const jiti = createJiti(file, { fsCache: false, interopDefault: false });
    return (await jiti.import<{ default?: unknown }>(file)).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${file} cannot be loaded: ${reason}`, { cause });
  }
}

/** The nearest folder with a package.json, upwards; `directory` itself where there is none. */
function projectRoot(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return directory;
  }
}
