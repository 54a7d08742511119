import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearestNames, type FtError } from '@ft/errors';
import { isMiner, MINER_API_VERSION, type Miner } from '@ft/miner-api';
import { createMiner, minerNames } from '../create-miner.ts';
import { schedule, type ScheduleOptions, type ScheduleStage } from '../schedule.ts';
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
import { rehearseImport } from './rehearse-import.ts';
import { watchPrototypes } from './watch-prototypes.ts';
import { withTimeLimit } from './with-time-limit.ts';

export interface MinerRegistryOptions {
  /** Where the project is: the nearest package.json from here upwards names the dependencies. */
  readonly directory: string;
  /** Packages whose code may run. Default none. */
  readonly enabled?: readonly string[];
  /** With false no plugin's code runs, whatever is enabled. Default true. */
  readonly plugins?: boolean;
  /** Milliseconds a plugin's miner has for one batch. Default 10,000. */
  readonly timeLimit?: number;
  /** Milliseconds a plugin has to be imported, and as many to make a miner. Default 30,000. */
  readonly loadTimeLimit?: number;
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
   * @param name a built-in's name, `'package/name'` for a plugin's, or its bare name where only one offers it;
   *   or `'schedule'`, whose stages may name any of these
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
  plugins: allowed = true,
  timeLimit = 10_000,
  loadTimeLimit = 30_000,
}: MinerRegistryOptions): MinerRegistry {
  const { project, plugins, problems } = discoverPlugins(directory);
  const offers = plugins.flatMap((plugin) =>
    Object.entries(plugin.manifest.miners).map(([name, announced]) => ({ plugin, name, announced })),
  );
  const isEnabled = (plugin: DiscoveredPlugin) => allowed && enabled.includes(plugin.package);

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
      if (name !== 'schedule') return (await factoryOf(name))(options);
      const { stages } = options as Partial<ScheduleOptions>;
      const names = Array.isArray(stages) ? stages.map(({ miner }: ScheduleStage) => miner) : [];
      const factories = new Map<string, Factory>();
      for (const stage of names) factories.set(stage, await factoryOf(stage));
      return schedule(options as ScheduleOptions, (stage, given) => factories.get(stage)!(given));
    },
  };

  async function factoryOf(name: string): Promise<Factory> {
    const builtIn: Factory = (options) => createMiner(name, options);
    if (minerNames().some((known) => known === name)) return builtIn;
    const offer = find(name);
    if (offer === undefined) {
      const problem = problems.find(({ message }) => message.includes(`"${packageOf(name)}"`));
      if (problem !== undefined) throw problem;
      if (!name.includes('/')) return builtIn;
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
          (allowed ? 'Add it to the enabled plugins to let its code run.' : 'Plugins are switched off.'),
      );
    }
    const make = await loadFactory(offer, loadTimeLimit);
    return (options) => guardMiner(make(options), timeLimit);
  }
}

type Factory = (options: object) => Miner;

interface Offer {
  readonly plugin: DiscoveredPlugin;
  readonly name: string;
  readonly announced: AnnouncedMiner;
}

/** Imports a plugin's module. Its factory, and what it makes, are checked against the manifest. */
async function loadFactory({ plugin, name, announced }: Offer, timeLimit: number): Promise<Factory> {
  const who = `Plugin "${plugin.package}" ${plugin.version}`;
  const { factory, module, output } = announced;
  requireVersion(who, plugin.manifest.apiVersion);
  const undo = watchPrototypes();
  const exports = await importModule(who, plugin, module, timeLimit).finally(() =>
    refusePollution(who, undo()),
  );
  const make = exports[factory];
  if (typeof make !== 'function') {
    const known = Object.keys(exports).join(', ') || 'nothing';
    throw new PluginExportError(
      `${who}: module "${module}" must export the function ${factory}; it exports ${known}.`,
    );
  }
  return (options) => {
    const made = call(who, factory, make as (given: object) => unknown, options, timeLimit);
    if (!isMiner(made)) {
      throw new PluginExportError(`${who}: ${factory}() of "${module}" must give what defineMiner made.`);
    }
    requireVersion(who, made.apiVersion);
    if (made.name === name && made.output === output) return made;
    throw new PluginExportError(
      `${who} announces the miner "${name}" that gives ${output}, but made "${made.name}" that gives ${made.output}.`,
    );
  };
}

async function importModule(
  who: string,
  plugin: DiscoveredPlugin,
  module: string,
  timeLimit: number,
): Promise<Record<string, unknown>> {
  const file = moduleFile(plugin.exports, module);
  if (file === undefined) {
    throw new PluginExportError(`${who}: the exports of its package.json have no module "${module}".`);
  }
  const url = pathToFileURL(join(plugin.directory, file)).href;
  if (!(await rehearseImport(url, timeLimit))) {
    throw new PluginLoadError(
      `${who}: the import of its module "${module}" did not end within ${timeLimit} ms, or ended the process.`,
    );
  }
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new PluginLoadError(`${who} failed while its module "${module}" was imported: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function call(
  who: string,
  factory: string,
  make: (given: object) => unknown,
  options: object,
  timeLimit: number,
): unknown {
  const undo = watchPrototypes();
  const tooLate = () => new Error(`it did not return within ${timeLimit} ms`);
  try {
    return withTimeLimit(timeLimit, () => make(options), tooLate);
  } catch (cause) {
    throw new PluginLoadError(`${who}: ${factory}() refused its options: ${reasonOf(cause)}`, { cause });
  } finally {
    refusePollution(who, undo());
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
