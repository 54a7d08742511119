import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Memory that some work takes on top of what the process holds before it: the highest resident size, as Linux counts it.
 *
 * @returns what the work gave, and the bytes; null where the system does not tell
 */
export async function withPeakMemory<T>(
  work: () => T | Promise<T>,
): Promise<{ result: T; bytes: number | null }> {
  const before = reset() ? kibibytes('VmRSS') : undefined;
  const result = await work();
  const peak = before === undefined ? undefined : kibibytes('VmHWM');
  return {
    result,
    bytes: before === undefined || peak === undefined ? null : 1024 * Math.max(0, peak - before),
  };
}

/** Makes the system forget the highest resident size so far. */
function reset(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function kibibytes(field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return match === null ? undefined : Number(match[1]);
}
