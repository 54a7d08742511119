import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FtError } from '@ft/errors';
import { eventBytes, type TensorBoardEvent } from './event-bytes.ts';

/** An event file cannot be written. */
export class TensorBoardError extends FtError {
  static override readonly code: string = 'FT_TENSORBOARD';
}

/** A log that TensorBoard shows. */
export interface TensorBoardWriter {
  readonly file: string;
  /**
   * Adds a point to the curve of each tag.
   *
   * @param step steps done
   * @param values by tag, such as `loss` or `validation/accuracy`; NaN leaves the point out
   * @throws TensorBoardError where the file cannot be written
   */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  close(): void;
}

/**
 * Starts an event file, in TensorBoard's own format.
 *
 * @param directory made where it is missing
 * @param options `resumedAt`: steps done when a run was resumed; earlier files' points after it are not shown any more
 * @throws TensorBoardError where the file cannot be written
 */
export function tensorBoardWriter(
  directory: string,
  { resumedAt }: { readonly resumedAt?: number | undefined } = {},
): TensorBoardWriter {
  const started = Date.now();
  // TensorBoard reads the files of a folder in the order of their names; two of one process need different ones.
  const unique = `${(started / 1000).toFixed(3)}.${hostname()}.${process.pid}`;
  const file = join(directory, `events.out.tfevents.${unique}`);
  const descriptor = guarded(directory, () => {
    mkdirSync(directory, { recursive: true });
    return openSync(file, 'a');
  });
  const write = (event: Omit<TensorBoardEvent, 'seconds'>) => {
    const bytes = eventBytes({ ...event, seconds: Date.now() / 1000 });
    guarded(file, () => {
      let written = 0;
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    });
  };
  write({ step: 0, fileVersion: 'brain.Event:2' });
  if (resumedAt !== undefined) write({ step: resumedAt + 1, restart: true });
  return {
    file,
    scalars(step, values) {
      const scalars = new Map(Object.entries(values).filter(([, value]) => !Number.isNaN(value)));
      if (scalars.size > 0) write({ step, scalars });
    },
    close: () => closeSync(descriptor),
  };
}

function guarded<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new TensorBoardError(`${what} cannot be written (${(error as Error).message}).`, { cause: error });
  }
}
