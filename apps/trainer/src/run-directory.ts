import { appendFileSync, closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { FtError } from '@ft/errors';
import { latestCheckpoint, type Checkpoint } from '@ft/training';
import { runConfigSchema, type RunConfig } from './config.ts';
import type { Output } from './console-output.ts';

/** A run's folder is missing, taken, or damaged. */
class RunDirectoryError extends FtError {
  static override readonly code: string = 'FT_RUN_DIRECTORY';
}

/** The files of one run. */
export interface RunDirectory {
  readonly path: string;
  readonly name: string;
  readonly checkpoints: string;
  /** The best weights so far, where a validation chooses them. */
  readonly best: string;
  readonly model: string;
  readonly metrics: string;
  readonly triplets: string;
  /** Signs that the network has collapsed. */
  readonly alarms: string;
  /** Folder of the event files of TensorBoard. */
  readonly tensorBoard: string;
  readonly report: string;
  /** Writes a JSON file, whole or not at all. */
  writeJson(name: string, value: unknown): Promise<void>;
  /** @returns undefined where there is no such file */
  readJson(name: string): Promise<unknown>;
}

/** The files of a run in this folder, whether it exists or not. */
export function runDirectory(path: string): RunDirectory {
  return {
    path,
    name: basename(path),
    checkpoints: join(path, 'checkpoints'),
    best: join(path, 'best.safetensors'),
    model: join(path, 'model'),
    metrics: join(path, 'metrics.jsonl'),
    triplets: join(path, 'triplets.jsonl'),
    alarms: join(path, 'alarms.jsonl'),
    tensorBoard: join(path, 'tensorboard'),
    report: join(path, 'report.html'),
    writeJson: (name, value) => writeFileAtomic(join(path, name), `${JSON.stringify(value, null, 2)}\n`),
    async readJson(name) {
      const text = await readFile(join(path, name), 'utf8').catch(ignoreMissing);
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text);
      } catch (error) {
        throw new RunDirectoryError(
          `${join(path, name)} is not JSON: ${(error as Error).message}. Restore it from a copy.`,
        );
      }
    },
  };
}

/** Refuses a folder for a new run that holds something already. */
export async function requireFree(wanted: string): Promise<void> {
  const entries = await readdir(wanted).catch(ignoreMissing);
  if (entries === undefined || entries.length === 0) return;
  throw new RunDirectoryError(
    `${wanted} is not empty. Name another folder with --out, or continue the run in it with --resume ${wanted}.`,
  );
}

/**
 * Makes the folder of a new run.
 *
 * @param wanted a path that must not hold anything yet; by default `runs/NAME`, numbered where NAME is taken
 */
export async function createRunDirectory(wanted: string | undefined, name: string): Promise<RunDirectory> {
  if (wanted !== undefined) {
    await requireFree(wanted);
    await mkdir(dirname(wanted), { recursive: true });
    // By itself: a recursive one calls a read-only disk a missing folder.
    await mkdir(wanted).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return runDirectory(wanted);
  }
  await mkdir('runs', { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const path = join('runs', attempt === 1 ? name : `${name}-${attempt}`);
    try {
      await mkdir(path);
      return runDirectory(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Opens the folder of a run that exists, and reads its configuration. */
export async function openRunDirectory(
  path: string,
): Promise<{ directory: RunDirectory; config: RunConfig }> {
  const directory = runDirectory(path);
  const found = await directory.readJson('config.json');
  if (found === undefined) {
    const others = await readdir('runs').catch(ignoreMissing);
    const hint =
      others === undefined || others.length === 0
        ? 'There is no run here yet'
        : `Runs here: ${others.map((run) => `runs/${run}`).join(', ')}`;
    throw new RunDirectoryError(`${path} is not a run: it has no config.json. ${hint}.`);
  }
  const { success, data, error } = runConfigSchema.safeParse(found);
  if (!success) {
    const { path: field, message } = error.issues[0]!;
    throw new RunDirectoryError(
      `${join(path, 'config.json')}: ${field.join('.') || 'the file'}: ${message}. Start a new run.`,
    );
  }
  return { directory, config: data };
}

/** A file of JSON lines that can be cut back to where a checkpoint stands, and appended to. */
export interface JsonLines {
  append(record: unknown): void;
  close(): void;
}

/**
 * Opens a file of JSON lines for appending, after dropping the lines that `keep` refuses and any torn last line.
 *
 * @param keep is asked for each record until it first says no
 */
export async function openJsonLines(
  file: string,
  keep: (record: { step: number }) => boolean,
): Promise<JsonLines> {
  const text = (await readFile(file, 'utf8').catch(ignoreMissing)) ?? '';
  let length = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    if (!keep(JSON.parse(line))) break;
    length += Buffer.byteLength(line) + 1;
  }
  if (text !== '') await truncate(file, length);
  const descriptor = openSync(file, 'a');
  return {
    append(record) {
      try {
        appendFileSync(descriptor, `${JSON.stringify(record)}\n`);
      } catch (error) {
        throw new RunDirectoryError(
          `${file} cannot be written (${(error as Error).message}). Mend that and resume.`,
          {
            cause: error,
          },
        );
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** The records of a file of JSON lines; none where the file is missing. */
export async function readJsonLines<T>(file: string): Promise<T[]> {
  const text = (await readFile(file, 'utf8').catch(ignoreMissing)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** The last checkpoint that can be read, with a word about those that cannot. */
export async function openCheckpoint(directory: string, output: Output): Promise<Checkpoint | undefined> {
  const { checkpoint, damaged } = await latestCheckpoint(directory);
  for (const { file, reason } of damaged) {
    output.say(`Going on from step ${checkpoint!.step}: ${reason}`);
    output.event('damaged', { file, reason });
  }
  return checkpoint;
}
