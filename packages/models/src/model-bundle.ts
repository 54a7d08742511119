import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { describeValue, FtError } from '@ft/errors';
import type { Architecture } from './architecture.ts';
import { createBlankModel, type EmbeddingModel } from './create-model.ts';
import { firstDifference } from './first-difference.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { exportWeights, importWeights } from './weights.ts';

const FORMAT = 'ft-embedding-model';
const FORMAT_VERSION = 1;
const DESCRIPTION = 'model.json';

/** A model bundle is missing, damaged, of another version, or put together from two. */
export class ModelBundleError extends FtError {
  static override readonly code: string = 'FT_MODEL_BUNDLE';
}

/** What is kept with a model beside its weights. */
export interface ModelRecord {
  /** Identifies weights and architecture: the sha256 of the file that holds both, in hexadecimal. */
  readonly modelId: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Versions of the packages and plugins that trained it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whatever {@link saveCalibration} stored for this very `modelId`; undefined where nothing was. */
  readonly calibration: unknown;
}

interface BundleDescription {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly architecture: Architecture;
  /** Name of the file of weights beside this one. */
  readonly weights: string;
  /** Of the weights, in hexadecimal. */
  readonly sha256: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly versions?: Readonly<Record<string, string>>;
  readonly calibration?: { readonly modelId: string; readonly value: unknown };
}

/**
 * Writes a model as a folder of two files: `model.json` (architecture, input contract, checksum) and the weights
 * it names. Replacing `model.json` is the last step and a single one, so that a reader, or a crash at any moment,
 * finds the older model whole or the newer one whole.
 *
 * @param metadata texts to keep with the model, such as the id of the training run
 * @param options `versions` of the packages and plugins that trained it
 * @returns the `modelId`, equal for equal weights of equal architectures
 */
export async function saveModel(
  model: EmbeddingModel,
  directory: string,
  metadata: Readonly<Record<string, string>> = {},
  { versions = {} }: { readonly versions?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { architecture } = model;
  // The weights carry the architecture too, so that their checksum covers both.
  const bytes = encodeSafetensors(await exportWeights(model), { architecture: JSON.stringify(architecture) });
  const checksum = sha256(bytes);
  const weights = `weights-${checksum.slice(0, 12)}.safetensors`;
  await mkdir(directory, { recursive: true });
  await writeFileAtomic(join(directory, weights), bytes);
  await writeDescription(directory, {
    format: FORMAT,
    version: FORMAT_VERSION,
    architecture,
    weights,
    sha256: checksum,
    metadata,
    versions,
  });
  for (const file of await readdir(directory)) {
    if (/^weights-.*\.safetensors$/.test(file) && file !== weights) await rm(join(directory, file));
  }
  return checksum;
}

/**
 * Keeps a calibration, such as a threshold, in a model's folder, in place of an older one. A later `saveModel` drops it.
 *
 * @param modelId of the model that it was made for, as `loadModel` gives it
 * @param calibration any JSON value
 * @throws ModelBundleError where the folder is no bundle or holds another model
 */
export async function saveCalibration(
  directory: string,
  modelId: string,
  calibration: unknown,
): Promise<void> {
  const description = await readDescription(directory);
  if (description.sha256 !== modelId) {
    throw new ModelBundleError(
      `${directory} holds model ${description.sha256}, and the calibration was made for ${modelId}. Calibrate again.`,
    );
  }
  await writeDescription(directory, { ...description, calibration: { modelId, value: calibration } });
}

/**
 * Reads a model that {@link saveModel} wrote.
 *
 * @returns the model, to dispose of, and what was kept with it
 * @throws ModelBundleError where the folder is no bundle, is of another version, or its files do not belong together
 * @throws WeightsMismatchError where the weights are not those of the architecture
 * @throws InvalidArgumentError where the architecture has layers that this release does not know
 */
export async function loadModel(directory: string): Promise<{ model: EmbeddingModel } & ModelRecord> {
  const description = await readDescription(directory);
  const { architecture, sha256: modelId, metadata = {}, versions = {}, calibration } = description;
  const weightsFile = join(directory, description.weights);
  const bytes = await read(weightsFile, directory);
  const actual = sha256(bytes);
  if (actual !== modelId) {
    throw new ModelBundleError(
      `${weightsFile} is damaged: sha256 must be ${modelId} (from ${DESCRIPTION}), got ${actual}. ` +
        'Restore both files from one copy.',
    );
  }
  const stored = decodeSafetensors(bytes, weightsFile);
  const trained = stored.metadata['architecture'];
  const difference = trained === undefined ? undefined : firstDifference(architecture, JSON.parse(trained));
  if (difference !== undefined) {
    const [path, here, there] = difference;
    throw new ModelBundleError(
      `${join(directory, DESCRIPTION)} describes another architecture than its weights: ${path} is ${describeValue(here)}, ` +
        `and ${describeValue(there)} in ${description.weights}. Restore both files from one copy.`,
    );
  }
  if (calibration !== undefined && calibration.modelId !== modelId) {
    throw new ModelBundleError(
      `The calibration in ${join(directory, DESCRIPTION)} was made for model ${calibration.modelId}, not ${modelId}. Calibrate again.`,
    );
  }
  const model = createBlankModel(architecture);
  try {
    importWeights(model, stored.tensors, weightsFile);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, modelId, metadata, versions, calibration: calibration?.value };
}

async function writeDescription(directory: string, description: BundleDescription): Promise<void> {
  await writeFileAtomic(join(directory, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`);
}

async function readDescription(directory: string): Promise<BundleDescription> {
  const file = join(directory, DESCRIPTION);
  return parseDescription((await read(file, directory)).toString(), file);
}

async function read(file: string, directory: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new ModelBundleError(
      `${directory} is not a model: ${file} cannot be read (${error.code}). ` +
        'Name a folder that training wrote, such as runs/NAME/model.',
      { cause: error },
    );
  });
}

function parseDescription(text: string, file: string): BundleDescription {
  let description: Partial<BundleDescription>;
  try {
    description = JSON.parse(text);
  } catch (error) {
    throw new ModelBundleError(`${file} is not JSON: ${(error as Error).message}. Restore it from a copy.`);
  }
  if (description?.format !== FORMAT) {
    throw new ModelBundleError(
      `${file} does not describe an embedding model: format must be "${FORMAT}", got ${JSON.stringify(description?.format)}.`,
    );
  }
  if (description.version !== FORMAT_VERSION) {
    throw new ModelBundleError(
      `${file} is of format version ${description.version}, this program reads version ${FORMAT_VERSION}. ` +
        'Use the release of @ft/models that wrote it.',
    );
  }
  if (description.architecture === undefined || !/^[\w.-]+$/.test(description.weights ?? '')) {
    throw new ModelBundleError(
      `${file} lacks its architecture or the name of its weights. Restore it from a copy.`,
    );
  }
  return description as BundleDescription;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
