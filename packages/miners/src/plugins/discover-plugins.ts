import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { FtError } from '@ft/errors';
import { PluginManifestError } from './plugin-errors.ts';
import { parseManifest, type PluginManifest } from './plugin-manifest.ts';

/** A plugin that is installed. None of its code has run. */
export interface DiscoveredPlugin {
  readonly package: string;
  readonly version: string;
  readonly directory: string;
  readonly manifest: PluginManifest;
  /** The `exports` field of its package.json, which says where its modules are. */
  readonly exports: unknown;
}

export interface PluginDiscovery {
  /** The package.json whose dependencies were looked at; undefined where there is none. */
  readonly project: string | undefined;
  /** In the order of their names. */
  readonly plugins: readonly DiscoveredPlugin[];
  /** Plugins that cannot be used, and why. */
  readonly problems: readonly FtError[];
}

/**
 * Finds the miner plugins among a project's direct dependencies, by reading package.json files only: no code
 * of any package runs, no folder is scanned, and dependencies of dependencies are not looked at.
 *
 * @param directory where to look for the project's package.json, upwards
 * @throws PluginManifestError where the project's own package.json cannot be read; a plugin's wrong manifest is
 *   a problem in the result instead
 */
export function discoverPlugins(directory: string): PluginDiscovery {
  const project = nearestPackageJson(resolve(directory));
  if (project === undefined) return { project, plugins: [], problems: [] };
  const plugins: DiscoveredPlugin[] = [];
  const problems: FtError[] = [];
  const own = readPackage(project);
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.keys((own[field] as object | undefined) ?? {}),
  );
  for (const name of [...new Set(names)].sort()) {
    try {
      const plugin = readPlugin(project, name);
      if (plugin !== undefined) plugins.push(plugin);
    } catch (error) {
      if (!FtError.isInstance(error)) throw error;
      problems.push(error);
    }
  }
  return { project, plugins, problems };
}

/** The plugin a dependency is; undefined where it is none, or is not installed. */
function readPlugin(project: string, name: string): DiscoveredPlugin | undefined {
  const file = findPackageJson(project, name);
  if (file === undefined) return undefined;
  const { ftPlugin, version, keywords, exports } = readPackage(file);
  if (ftPlugin === undefined) {
    if (!Array.isArray(keywords) || !keywords.includes('ft-miner')) return undefined;
    throw new PluginManifestError(
      `"${name}" has the keyword ft-miner but no field ftPlugin in its package.json. Tell the plugin's author.`,
    );
  }
  return {
    package: name,
    version: String(version),
    directory: dirname(file),
    manifest: parseManifest(name, ftPlugin),
    exports,
  };
}

/** Where a dependency's package.json is, whether or not its `exports` give it away. */
function findPackageJson(project: string, name: string): string | undefined {
  const require = createRequire(project);
  try {
    return require.resolve(`${name}/package.json`);
  } catch {
    const folders = require.resolve.paths(name) ?? [];
    return folders.map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file));
  }
}

function nearestPackageJson(directory: string): string | undefined {
  const file = join(directory, 'package.json');
  if (existsSync(file)) return file;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestPackageJson(parent);
}

function readPackage(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new PluginManifestError(`${file} cannot be read as JSON.`, { cause });
  }
  throw new PluginManifestError(`${file} must hold a JSON object.`);
}
