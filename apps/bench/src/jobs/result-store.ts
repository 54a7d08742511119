import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';

/** Results by the hash of what they are the result of, one file each. */
export interface ResultStore {
  /** Undefined where there is none yet, or what is there cannot be read. */
  get(key: string): Promise<unknown>;
  /** Writing the same result again changes nothing. */
  put(key: string, job: unknown, result: unknown): Promise<void>;
}

/** Results in a folder, which is made. Safe against a process that dies while it writes. */
export async function resultStore(directory: string): Promise<ResultStore> {
  await mkdir(directory, { recursive: true });
  const file = (key: string) => join(directory, `${key}.json`);
  return {
    async get(key) {
      try {
        return (JSON.parse(await readFile(file(key), 'utf8')) as { result: unknown }).result;
      } catch {
        return undefined;
      }
    },
    put: (key, job, result) => writeFileAtomic(file(key), `${JSON.stringify({ job, result }, null, 1)}\n`),
  };
}
