import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loaderName } from '../src/engine-cache.ts';
import { loaderAddonSource } from '../src/loader-addon.ts';
import { nodeApiHeaders } from '../src/tfjs-node-package.ts';
import { realCompiler } from './fake-tools.ts';

/** Builds the loader addon in a folder and returns its path. */
export function buildLoaderAddon(directory: string): string {
  const source = join(directory, 'loader.cc');
  writeFileSync(source, loaderAddonSource);
  const output = join(directory, loaderName);
  const flags = ['-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', `-I${nodeApiHeaders()}`];
  execFileSync(realCompiler, [...flags, source, '-o', output, '-ldl']);
  return output;
}
