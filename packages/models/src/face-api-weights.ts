import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FtError } from '@ft/errors';
import type { StoredTensor } from './safetensors.ts';

/** Pre-trained weights are not installed, or their file is damaged. */
export class PretrainedWeightsError extends FtError {
  static override readonly code: string = 'FT_PRETRAINED_WEIGHTS';
}

const PACKAGE = '@vladmandic/face-api';

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

/**
 * Reads the weights of a network that the npm package `@vladmandic/face-api` carries (MIT), a stored byte `q` turned
 * into `q * scale + min`.
 *
 * @param network its name in the package, e.g. `face_recognition_model`
 * @returns float32 tensors by the package's own names
 * @throws PretrainedWeightsError where the package is not installed or its file is of another form
 */
export async function readFaceApiWeights(network: string): Promise<Map<string, StoredTensor>> {
  const folder = join(packageFolder(), 'model');
  const file = join(folder, `${network}.bin`);
  const read = (path: string) =>
    readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new PretrainedWeightsError(`${path} cannot be read (${error.code}). Install ${PACKAGE} again.`, {
        cause: error,
      });
    });
  const manifest = await read(join(folder, `${network}-weights_manifest.json`));
  const bytes = await read(file);
  const groups = JSON.parse(manifest.toString('utf8')) as { weights: WeightEntry[] }[];
  const tensors = new Map<string, StoredTensor>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of groups.flatMap(({ weights }) => weights)) {
    const size = shape.reduce((product, length) => product * length, 1);
    const stored = quantization?.dtype ?? dtype;
    if (stored === 'uint8') {
      const { scale, min } = quantization!;
      const data = Float32Array.from(bytes.subarray(offset, offset + size), (value) => value * scale + min);
      tensors.set(name, { shape, data });
      offset += size;
    } else if (stored === 'float32') {
      tensors.set(name, {
        shape,
        data: new Float32Array(
          bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + 4 * size),
        ),
      });
      offset += 4 * size;
    } else {
      throw new PretrainedWeightsError(
        `${file}: "${name}" must be stored as uint8 or float32, got ${stored}. Install version 1.7 of ${PACKAGE}.`,
      );
    }
  }
  if (offset !== bytes.length) {
    throw new PretrainedWeightsError(
      `${file} must hold ${offset} bytes, got ${bytes.length}. Install ${PACKAGE} again.`,
    );
  }
  return tensors;
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch (error) {
    throw new PretrainedWeightsError(
      `The pre-trained weights come with the npm package ${PACKAGE}, which is not installed. Add it to the project: npm install ${PACKAGE}.`,
      { cause: error },
    );
  }
}
