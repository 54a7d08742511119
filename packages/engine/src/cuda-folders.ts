import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders `nvidia/NAME/lib` of an engine, by the path of its addon; none where it has no CUDA libraries. */
export function cudaFolders(addon: string): string[] {
  const nvidia = join(dirname(addon), 'nvidia');
  try {
    return readdirSync(nvidia).map((name) => join(nvidia, name, 'lib'));
  } catch {
    return [];
  }
}
