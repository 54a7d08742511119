import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@ft/atomic-file';
import { FtError } from '@ft/errors';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '@ft/models';

const FORMAT = 'ft-checkpoint-1';

/** A checkpoint cannot be written or read. */
export class CheckpointError extends FtError {
  static override readonly code: string = 'FT_CHECKPOINT';
}

/** Everything that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Weights of the model and state of the optimizer, by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** State of samplers and random streams, as plain JSON. */
  readonly state: Readonly<Record<string, unknown>>;
}

/**
 * Writes a checkpoint as one file, atomically: where it fails, the one before is still there.
 *
 * @throws CheckpointError where the file cannot be written, for instance on a full disk
 */
export async function saveCheckpoint(file: string, { step, tensors, state }: Checkpoint): Promise<void> {
  const bytes = encodeSafetensors(tensors, {
    format: FORMAT,
    step: String(step),
    state: JSON.stringify(state),
  });
  await writeFileAtomic(file, bytes).catch((error: NodeJS.ErrnoException) => {
    const remedy =
      error.code === 'ENOSPC' ? `Free at least ${Math.ceil(bytes.length / 2 ** 20)} MiB` : 'Mend that';
    throw new CheckpointError(
      `${file}: the checkpoint of step ${step} cannot be written (${error.code}: ${error.message}). ` +
        `The one before it, if any, is unharmed. ${remedy} and resume.`,
      { cause: error },
    );
  });
}

/** @throws CheckpointError or SafetensorsError where the file is missing, damaged, or no checkpoint */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CheckpointError(
      `${file} cannot be read (${error.code}). A run that has not reached its first checkpoint cannot be resumed.`,
      { cause: error },
    );
  });
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  if (metadata['format'] !== FORMAT) {
    throw new CheckpointError(
      `${file} is not a checkpoint: format must be "${FORMAT}", got "${metadata['format']}".`,
    );
  }
  return { step: Number(metadata['step']), tensors, state: JSON.parse(metadata['state'] ?? '{}') };
}
