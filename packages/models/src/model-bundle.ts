import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { FtError } from '@ft/errors';
import type { Architecture } from './architecture.ts';
import { createModel, type EmbeddingModel } from './create-model.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { exportWeights, importWeights } from './weights.ts';

const FORMAT_VERSION = 1;
const DESCRIPTION = 'model.json';

/** A model bundle is missing, damaged, or of another version. */
export class ModelBundleError extends FtError {
  static override readonly code: string = 'FT_MODEL_BUNDLE';
}

interface BundleDescription {
  readonly format: 'ft-embedding-model';
  readonly version: number;
  readonly architecture: Architecture;
  /** Name of the file of weights beside this one. */
  readonly weights: string;
  /** Of the weights, in hexadecimal. */
  readonly sha256: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes a model as a folder of two files: `model.json` (architecture, input contract, checksum) and the weights
 * it names. Replacing `model.json` is the last step and a single one, so that a reader, or a crash at any moment,
 * finds the older model whole or the newer one whole.
 *
 * @param metadata texts to keep with the model, such as the id of the training run
 */
export async function saveModel(
  model: EmbeddingModel,
  directory: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bytes = encodeSafetensors(exportWeights(model));
  const checksum = sha256(bytes);
  const weights = `weights-${checksum.slice(0, 12)}.safetensors`;
  const description: BundleDescription = {
    format: 'ft-embedding-model',
    version: FORMAT_VERSION,
    architecture: model.architecture,
    weights,
    sha256: checksum,
    metadata,
  };
  await mkdir(directory, { recursive: true });
  await writeFileAtomic(join(directory, weights), bytes);
  await writeFileAtomic(join(directory, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`);
  for (const file of await readdir(directory)) {
    if (/^weights-.*\.safetensors$/.test(file) && file !== weights) await rm(join(directory, file));
  }
}

/**
 * Reads a model that {@link saveModel} wrote.
 *
 * @throws ModelBundleError where the folder is no bundle, is of another version, or its checksum is wrong
 * @throws WeightsMismatchError where the weights are not those of the architecture
 */
export async function loadModel(
  directory: string,
): Promise<{ model: EmbeddingModel; metadata: Readonly<Record<string, string>> }> {
  const descriptionFile = join(directory, DESCRIPTION);
  const description = parseDescription((await read(descriptionFile, directory)).toString(), descriptionFile);
  const weightsFile = join(directory, description.weights);
  const bytes = await read(weightsFile, directory);
  const actual = sha256(bytes);
  if (actual !== description.sha256) {
    throw new ModelBundleError(
      `${weightsFile} is damaged: sha256 must be ${description.sha256} (from ${DESCRIPTION}), got ${actual}. ` +
        'Restore both files from one copy.',
    );
  }
  const model = createModel(description.architecture, { seed: 0 });
  try {
    importWeights(model, decodeSafetensors(bytes, weightsFile).tensors, weightsFile);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, metadata: description.metadata };
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
  if (description?.format !== 'ft-embedding-model') {
    throw new ModelBundleError(
      `${file} does not describe an embedding model: format must be "ft-embedding-model", got ${JSON.stringify(description?.format)}.`,
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
