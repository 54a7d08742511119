import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import { FtError } from '@ft/errors';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import type { StoredTensor } from './safetensors.ts';

/** A file of Keras cannot be read: missing, damaged, without weights, or the package that reads HDF5 is not installed. */
export class KerasWeightsError extends FtError {
  static override readonly code: string = 'FT_KERAS_WEIGHTS';
}

const MEMBER = 'model.weights.h5';

/**
 * Reads the weights of a Keras model: a `.keras` archive, or an HDF5 file of Keras 3 (`.weights.h5`) or 2 (`.h5`).
 * The optional package `h5wasm` reads HDF5.
 *
 * @param file its first bytes tell which of them it is
 * @returns float32 and int32 tensors by their path in the HDF5 file, e.g. `layers/conv2d/vars/0` in Keras 3 and
 *   `model_weights/conv2d/conv2d/kernel:0` in Keras 2. Kernels are laid out as in this package. The variables of a batch
 *   norm are, in this order, scale, offset, mean and variance.
 * @throws KerasWeightsError where the file is missing, damaged or of another form, or `h5wasm` is not installed
 */
export async function readKerasWeights(file: string): Promise<Map<string, StoredTensor>> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new KerasWeightsError(`${file} cannot be read (${error.code}). Check the path.`, { cause: error });
  });
  if (bytes.subarray(1, 4).toString('latin1') === 'HDF') return readHdf5(file, file);
  const weights = await unzip(bytes, file);
  // The HDF5 library opens files only.
  const folder = await mkdtemp(join(tmpdir(), 'ft-keras-'));
  try {
    await writeFile(join(folder, MEMBER), weights);
    return await readHdf5(join(folder, MEMBER), `${file}, ${MEMBER}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readHdf5(path: string, source: string): Promise<Map<string, StoredTensor>> {
  const h5 = await import('h5wasm/node').catch((error: unknown) => {
    throw new KerasWeightsError(
      'Weights of Keras are read with the npm package h5wasm, which is not installed. Add it to the project: npm install h5wasm.',
      { cause: error },
    );
  });
  const library = await h5.ready;
  // Without it, the library prints what goes wrong.
  library.activate_throwing_error_handler();
  const tensors = new Map<string, StoredTensor>();
  const collect = (group: InstanceType<typeof h5.Group>, prefix: string) => {
    for (const key of group.keys()) {
      const found = group.get(key);
      if (found instanceof h5.Group) collect(found, `${prefix}${key}/`);
      if (!(found instanceof h5.Dataset)) continue;
      const { value, shape } = found;
      if (shape === null || !isNumeric(value)) continue;
      tensors.set(`${prefix}${key}`, {
        shape,
        data: value instanceof Int32Array ? value : Float32Array.from(value as ArrayLike<number>),
      });
    }
  };
  try {
    const opened = new h5.File(path, 'r');
    try {
      collect(opened, '');
    } finally {
      opened.close();
    }
  } catch (error) {
    throw new KerasWeightsError(`${source} is not a readable HDF5 file. Restore it from a copy.`, {
      cause: error,
    });
  }
  if (tensors.size === 0) {
    throw new KerasWeightsError(
      `${source} holds no weights. Save the model, or its weights, with Keras again.`,
    );
  }
  return tensors;
}

function isNumeric(value: unknown): boolean {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
}

async function unzip(bytes: Buffer, file: string): Promise<Buffer> {
  const refuse = (cause: unknown): never => {
    throw new KerasWeightsError(
      `${file} is neither an HDF5 file nor a .keras archive with ${MEMBER}. Save the model with Keras 3, or restore the file from a copy.`,
      { cause },
    );
  };
  const fromBuffer = promisify<Buffer, object, ZipFile>(yauzl.fromBuffer);
  const archive = await fromBuffer(bytes, { lazyEntries: true }).catch(refuse);
  const entry = await new Promise<Entry | undefined>((resolve, reject) => {
    archive.on('entry', (found: Entry) => {
      if (found.fileName === MEMBER) resolve(found);
      else archive.readEntry();
    });
    archive.on('end', () => resolve(undefined)).on('error', reject);
    archive.readEntry();
  }).catch(refuse);
  if (entry === undefined) return refuse(undefined);
  const open = promisify(archive.openReadStream.bind(archive)) as (
    entry: Entry,
  ) => Promise<NodeJS.ReadableStream>;
  return buffer(await open(entry)).catch(refuse);
}
