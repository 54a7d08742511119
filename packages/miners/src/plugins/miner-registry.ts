import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearestNames, type FtError } from '@ft/errors';
import { isMiner, MINER_API_VERSION, type Miner } from '@ft/miner-api';
import { createMiner, minerNames } from '../create-miner.ts';
import { discoverPlugins, type DiscoveredPlugin } from './discover-plugins.ts';
import { guardMiner, refusePollution } from './guard-miner.ts';
import {
  PluginExportError,
  PluginLoadError,
  PluginNameError,
  PluginNotEnabledError,
  PluginNotFoundError,
  PluginVersionError,
} from './plugin-errors.ts';
import type { AnnouncedMiner } from './plugin-manifest.ts';
import { watchPrototypes } from './watch-prototypes.ts';

export interface MinerRegistryOptions {
  /** Where the project is: the nearest package.json from here upwards names the dependencies. */
  readonly directory: string;
  /** Packages whose code may run. Default none. */
  readonly enabled?: readonly string[];
  /** Milliseconds a plugin's miner has for one batch. Default 10,000. */
  readonly timeLimit?: number;
}

/** One strategy that can be named, or could be if its plugin were enabled. */
export interface ListedMiner {
  readonly name: string;
  /** The package it comes from; undefined for a built-in. */
  readonly plugin?: string;
  readonly version?: string;
  readonly output: 'triplets' | 'pairs';
  readonly status: 'built-in' | 'enabled' | 'not enabled' | 'other contract version';
  readonly summary?: string;
}

/** Built-in strategies and those of plugins, by name. */
export interface MinerRegistry {
  /** Everything there is, without running any plugin's code. */
  list(): ListedMiner[];
  /** Installed plugins whose manifest is wrong. */
  readonly problems: readonly FtError[];
  /**
   * Makes a strategy.
   *
   * @param name a built-in's name, `'package/name'` for a plugin's, or its bare name where only one offers it
   * @throws UnknownMinerError, or one of the FT_PLUGIN_ errors; InvalidArgumentError on a built-in's wrong option
   */
  create(name: string, options?: object): Promise<Miner>;
}

/**
 * Finds the strategies that a project can use. A plugin's code runs when one of its miners is created and the
 * project has enabled the package, never before.
 *
 * @throws PluginManifestError where the project's package.json cannot be read
 */
export function minerRegistry({
  directory,
  enabled = [],
  timeLimit = 10_000,
}: MinerRegistryOptions): MinerRegistry {
  const { project, plugins, problems } = discoverPlugins(directory);
  const offers = plugins.flatMap((plugin) =>
    Object.entries(plugin.manifest.miners).map(([name, announced]) => ({ plugin, name, announced })),
  );
  const isEnabled = (plugin: DiscoveredPlugin) => enabled.includes(plugin.package);

  /** The offer a name means; undefined where it means none. */
  const find = (name: string): Offer | undefined => {
    const qualified = offers.find((offer) => `${offer.plugin.package}/${offer.name}` === name);
    if (qualified !== undefined) return qualified;
    const same = offers.filter((offer) => offer.name === name);
    const usable = same.filter(({ plugin }) => isEnabled(plugin));
    if (usable.length <= 1) return usable[0] ?? same[0];
    throw new PluginNameError(
      `${usable.map(({ plugin }) => `"${plugin.package}"`).join(' and ')} both offer a miner "${name}". ` +
        `Say which: ${usable.map((offer) => `"${offer.plugin.package}/${name}"`).join(' or ')}.`,
    );
  };

  return {
    problems,
    list: () => [
      ...minerNames().map((name) => ({
        name,
        output: createMiner(name).output,
        status: 'built-in' as const,
      })),
      ...offers.map(({ plugin, name, announced }) => ({
        name: `${plugin.package}/${name}`,
        plugin: plugin.package,
        version: plugin.version,
        output: announced.output,
        status: statusOf(plugin, isEnabled(plugin)),
        summary: announced.summary,
      })),
    ],
    async create(name, options = {}) {
      if (name === 'schedule' || minerNames().some((known) => known === name))
        return createMiner(name, options);
      const offer = find(name);
      if (offer === undefined) {
        const problem = problems.find(({ message }) => message.includes(`"${packageOf(name)}"`));
        if (problem !== undefined) throw problem;
        if (!name.includes('/')) return createMiner(name, options);
        const near = nearestNames(
          name,
          offers.map((other) => `${other.plugin.package}/${other.name}`),
        );
        const hint = near.length > 0 ? ` Did you mean "${near[0]}"?` : '';
        throw new PluginNotFoundError(
          `No dependency of ${project ?? 'the project (which has no package.json)'} offers a miner "${name}".${hint}`,
        );
      }
      if (!isEnabled(offer.plugin)) {
        throw new PluginNotEnabledError(
          `"${offer.plugin.package}" is installed and offers the miner "${offer.name}" but is not enabled. ` +
            'Add it to the enabled plugins to let its code run.',
        );
      }
      return guardMiner(await load(offer, options), timeLimit);
    },
  };
}

interface Offer {
  readonly plugin: DiscoveredPlugin;
  readonly name: string;
  readonly announced: AnnouncedMiner;
}

/** Imports a plugin's module and makes its miner, checking the contract's version before and after. */
async function load({ plugin, name, announced }: Offer, options: object): Promise<Miner> {
  const who = `Plugin "${plugin.package}" ${plugin.version}`;
  requireVersion(who, plugin.manifest.apiVersion);
  const undo = watchPrototypes();
  try {
    const made = await makeMiner(who, plugin, announced, options);
    if (!isMiner(made)) {
      throw new PluginExportError(
        `${who}: ${announced.factory}() of "${announced.module}" must give what defineMiner made.`,
      );
    }
    requireVersion(who, made.apiVersion);
    if (made.name !== name || made.output !== announced.output) {
      throw new PluginExportError(
        `${who} announces the miner "${name}" that gives ${announced.output}, but made "${made.name}" that gives ${made.output}.`,
      );
    }
    return made;
  } finally {
    refusePollution(who, undo());
  }
}

async function makeMiner(
  who: string,
  plugin: DiscoveredPlugin,
  { module, factory }: AnnouncedMiner,
  options: object,
): Promise<unknown> {
  const specifier = plugin.package + module.slice(1);
  const file = moduleFile(plugin.exports, module);
  if (file === undefined) {
    throw new PluginExportError(`${who}: the exports of its package.json have no module "${module}".`);
  }
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(join(plugin.directory, file)).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new PluginLoadError(`${who} failed while "${specifier}" was imported: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const make = exports[factory];
  if (typeof make !== 'function') {
    const known = Object.keys(exports).join(', ') || 'nothing';
    throw new PluginExportError(
      `${who}: "${specifier}" must export the function ${factory}; it exports ${known}.`,
    );
  }
  try {
    return await (make as (given: object) => unknown)(options);
  } catch (cause) {
    throw new PluginLoadError(`${who}: ${factory}() refused its options: ${reasonOf(cause)}`, { cause });
  }
}

/** The file of a module, by the `exports` of a package.json and the conditions of an ES import. */
function moduleFile(exports: unknown, module: string): string | undefined {
  if (typeof exports === 'string') return module === '.' ? exports : undefined;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const entries = Object.entries(exports);
  const bySubpath = entries.some(([key]) => key.startsWith('.'));
  if (bySubpath) return moduleFile((exports as Record<string, unknown>)[module], '.');
  const chosen = entries.find(([condition]) =>
    ['node', 'import', 'module-sync', 'default'].includes(condition),
  );
  return module === '.' ? moduleFile(chosen?.[1], '.') : undefined;
}

function requireVersion(who: string, version: number): void {
  if (version === MINER_API_VERSION) return;
  const remedy = version < MINER_API_VERSION ? 'Upgrade the plugin.' : 'Upgrade ft.';
  throw new PluginVersionError(
    `${who} was written for version ${version} of the miner contract; this is version ${MINER_API_VERSION}. ${remedy}`,
  );
}

function statusOf({ manifest }: DiscoveredPlugin, enabled: boolean): ListedMiner['status'] {
  if (manifest.apiVersion !== MINER_API_VERSION) return 'other contract version';
  return enabled ? 'enabled' : 'not enabled';
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
