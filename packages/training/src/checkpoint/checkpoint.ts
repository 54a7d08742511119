import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@ft/atomic-file';
import { FtError } from '@ft/errors';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '@ft/models';
import { packState, unpackState } from './pack-state.ts';

const FORMAT = 'ft-checkpoint-2';

/** A checkpoint cannot be written or read. */
export class CheckpointError extends FtError {
  static override readonly code: string = 'FT_CHECKPOINT';
}

/** Everything that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Weights of the model and of the objective, their average, and the state of the optimizer, by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** State of samplers, random streams, miners and schedules: what JSON can hold, Float32Array and Int32Array. */
  readonly state: Readonly<Record<string, unknown>>;
}

/**
 * Writes a checkpoint as one file, atomically: where it fails, the one before is still there.
 *
 * @throws CheckpointError where the file cannot be written, for instance on a full disk
 */
export async function saveCheckpoint(file: string, { step, tensors, state }: Checkpoint): Promise<void> {
  const all = new Map(tensors);
  const metadata = { format: FORMAT, step: String(step), state: JSON.stringify(packState(state, all)) };
  const bytes = encodeSafetensors(all, { ...metadata, sha256: digest(metadata, all) });
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
  const { format = '', step = '', state = '', sha256 } = metadata;
  if (format !== FORMAT) {
    throw new CheckpointError(`${file} is not a checkpoint: format must be "${FORMAT}", got "${format}".`);
  }
  if (sha256 !== digest({ format, step, state }, tensors)) {
    throw new CheckpointError(
      `${file} is damaged: its content does not match its SHA-256. Use an earlier one.`,
    );
  }
  return { step: Number(step), state: unpackState(JSON.parse(state), tensors), tensors };
}

function digest(metadata: Record<string, string>, tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash('sha256').update(JSON.stringify(metadata));
  for (const [name, { shape, data }] of tensors) {
    hash
      .update(`\n${name} ${shape.join()}\n`)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
