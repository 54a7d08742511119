import { open, stat } from 'node:fs/promises';

/** Reads a growing file of JSON lines, a piece at a time. */
export interface FollowedLines<T> {
  /** All records of whole lines so far. The array is replaced when the file changes. */
  readonly records: readonly T[];
  /** Looks at the file again. @returns whether there is anything new */
  refresh(): Promise<boolean>;
}

/** Follows a file, which may be missing yet, or be cut back when its run is resumed. */
export function followLines<T>(file: string): FollowedLines<T> {
  let records: readonly T[] = [];
  let read = 0;
  return {
    get records() {
      return records;
    },
    async refresh() {
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      if (size === read) return false;
      // A file that shrank is another one: a resumed run drops what came after its checkpoint.
      const from = size < read ? 0 : read;
      const fresh = await readFrom(file, from, size - from);
      const end = fresh.lastIndexOf(0x0a) + 1;
      const lines = fresh.subarray(0, end).toString().split('\n').slice(0, -1);
      const before = from === 0 ? [] : records;
      const changed = lines.length > 0 || before.length !== records.length;
      records = [...before, ...lines.map((line) => JSON.parse(line) as T)];
      read = from + end;
      return changed;
    },
  };
}

async function readFrom(file: string, from: number, length: number): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
