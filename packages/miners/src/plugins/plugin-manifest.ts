import { z } from 'zod';
import { PluginManifestError } from './plugin-errors.ts';

/** One miner as a plugin's manifest announces it. */
export interface AnnouncedMiner {
  /** The module that makes it, as an entry of the package's `exports`, e.g. `'.'` or `'./miner'`. */
  readonly module: string;
  /** The module's named export: a factory that takes the options and gives the miner. */
  readonly factory: string;
  readonly output: 'triplets' | 'pairs';
  /** One line for a list. */
  readonly summary: string;
}

/** The `ftPlugin` field of a plugin's package.json. */
export interface PluginManifest {
  /** The version of the miner contract it was written for. */
  readonly apiVersion: number;
  readonly miners: Readonly<Record<string, AnnouncedMiner>>;
}

const line = z.string('a text').min(1, 'a text');
const manifestSchema = z.strictObject({
  apiVersion: z.int('an integer'),
  miners: z.record(
    z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
    z.strictObject({
      module: z.string('"." or "./name"').regex(/^\.(\/[\w./-]+)?$/, '"." or "./name"'),
      factory: line,
      output: z.enum(['triplets', 'pairs'], '"triplets" or "pairs"'),
      summary: line,
    }),
    'an object of miners',
  ),
});

/**
 * Reads a plugin's manifest.
 *
 * @param packageName for the message
 * @param field the `ftPlugin` field, parsed
 * @throws PluginManifestError naming what is wrong
 */
export function parseManifest(packageName: string, field: unknown): PluginManifest {
  const parsed = manifestSchema.safeParse(field);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const place = ['ftPlugin', ...path.map(String)].join('.');
  throw new PluginManifestError(
    `The manifest of "${packageName}" is wrong at ${place} in its package.json: expected ${message}. Tell the plugin's author.`,
  );
}
