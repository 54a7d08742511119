import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FtError } from '@ft/errors';
import { CheckpointError, loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.ts';

/** A checkpoint that could not be used. */
export interface DamagedCheckpoint {
  readonly file: string;
  /** One sentence. */
  readonly reason: string;
}

export interface LatestCheckpoint {
  /** undefined where there is none */
  readonly checkpoint: Checkpoint | undefined;
  /** Newer ones that cannot be read, the newest first. */
  readonly damaged: readonly DamagedCheckpoint[];
}

const nameOf = (step: number) => `step-${String(step).padStart(8, '0')}.safetensors`;
const isCheckpoint = (name: string) => /^step-\d{8,}\.safetensors$/.test(name);
/** What a writer that was killed left behind. */
const isUnfinished = (name: string) => /^step-\d{8,}\.safetensors\..+\.tmp$/.test(name);

async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new CheckpointError(`${directory} cannot be read (${error.code}: ${error.message}).`, {
      cause: error,
    });
  });
}

/** The checkpoints among some names, the newest first. */
function newestFirst(names: readonly string[]): string[] {
  return names.filter(isCheckpoint).sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
}

/**
 * Adds a checkpoint to a folder, which is made where it is missing, and removes the oldest beyond `keep`
 * and what a writer that was killed left behind. One run writes to a folder at a time.
 *
 * @throws CheckpointError where it cannot be written; the earlier ones are still there then
 */
export async function addCheckpoint(directory: string, checkpoint: Checkpoint, keep: number): Promise<void> {
  const file = join(directory, nameOf(checkpoint.step));
  await mkdir(directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CheckpointError(
      `${file}: the folder cannot be made (${error.code}: ${error.message}). Mend that and resume.`,
      { cause: error },
    );
  });
  await saveCheckpoint(file, checkpoint);
  const names = await namesIn(directory);
  const superfluous = [...newestFirst(names).slice(keep), ...names.filter(isUnfinished)];
  await Promise.all(superfluous.map((name) => rm(join(directory, name), { force: true })));
}

/**
 * Loads the newest checkpoint of a folder that can be read.
 *
 * @returns it, and which newer ones are damaged; no checkpoint where there is none
 * @throws CheckpointError where there are some but every one is damaged
 */
export async function latestCheckpoint(directory: string): Promise<LatestCheckpoint> {
  const damaged: DamagedCheckpoint[] = [];
  for (const name of newestFirst(await namesIn(directory))) {
    const file = join(directory, name);
    try {
      return { checkpoint: await loadCheckpoint(file), damaged };
    } catch (error) {
      if (!FtError.isInstance(error)) throw error;
      damaged.push({ file, reason: error.message });
    }
  }
  if (damaged.length === 0) return { checkpoint: undefined, damaged };
  throw new CheckpointError(
    `${directory} has no checkpoint that can be read: ${damaged.map(({ reason }) => reason).join(' ')}`,
  );
}
