import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The versions of packages of ft that a result depends on, by `@ft/NAME`. */
export function packageVersions(names: readonly string[]): Record<string, string> {
  const require = createRequire(import.meta.url);
  const version = (name: string) =>
    (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string })
      .version;
  return Object.fromEntries(names.map((name) => [`@ft/${name}`, version(`@ft/${name}`)]));
}
