import { readFile } from 'node:fs/promises';

/**
 * A text that tells a running process from any later one of the same number: when it started, and on which boot.
 *
 * @returns empty where the system does not tell; undefined where there is no such process
 */
export async function processMark(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user exists all the same.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  const [stat, boot] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map((file) =>
      readFile(file, 'utf8').catch(() => ''),
    ),
  );
  // The program's name stands in parentheses and may hold anything; the start is the 20th field after it.
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended, and waits only for its parent to look.
  if (fields[0] === 'Z') return undefined;
  const started = fields[19];
  return started === undefined ? '' : `${boot!.trim()} ${started}`;
}
