import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FtError } from '@ft/errors';
import { halfToNumber } from './half-to-number.ts';
import type { StoredTensor } from './safetensors.ts';

/** A file of TensorFlow.js weights cannot be read: missing, truncated, or of another form. */
export class TfjsWeightsError extends FtError {
  static override readonly code: string = 'FT_TFJS_WEIGHTS';
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

/** Bytes of a value of each stored type, and how they become a tensor's values. */
const readers: Readonly<
  Record<
    string,
    {
      readonly size: number;
      read(buffer: ArrayBuffer, scale: number, min: number): Float32Array | Int32Array;
    }
  >
> = {
  float32: { size: 4, read: (buffer) => new Float32Array(buffer) },
  int32: { size: 4, read: (buffer) => new Int32Array(buffer) },
  float16: { size: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber) },
  uint8: {
    size: 1,
    read: (buffer, scale, min) => Float32Array.from(new Uint8Array(buffer), (q) => q * scale + min),
  },
  uint16: {
    size: 2,
    read: (buffer, scale, min) => Float32Array.from(new Uint16Array(buffer), (q) => q * scale + min),
  },
};

/**
 * Reads the weights of a TensorFlow.js model, layers or graph. Values quantised to 8 or 16 bits become
 * `q * scale + min`, half floats float32.
 *
 * @param file `model.json` or a manifest of weights; the files that it names lie beside it
 * @returns tensors by the names in the file
 * @throws TfjsWeightsError where a file is missing, truncated, or has weights of another type
 */
export async function readTfjsWeights(file: string): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const { paths, weights } of groupsOf((await read(file)).toString(), file)) {
    const bytes = Buffer.concat(await Promise.all(paths.map((path) => read(join(dirname(file), path)))));
    let offset = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      const stored = quantization?.dtype ?? dtype;
      if (!Object.hasOwn(readers, stored)) {
        const known = Object.keys(readers).join(', ');
        throw new TfjsWeightsError(`${file}: "${name}" must be stored as one of ${known}, got ${stored}.`);
      }
      const reader = readers[stored]!;
      const length = shape.reduce((product, side) => product * side, reader.size);
      const { scale = 1, min = 0 } = quantization ?? {};
      if (offset + length <= bytes.length) {
        // A copy, because values need not lie at a multiple of their size.
        const { buffer } = Uint8Array.from(bytes.subarray(offset, offset + length));
        tensors.set(name, { shape, data: reader.read(buffer, scale, min) });
      }
      offset += length;
    }
    if (offset !== bytes.length) {
      throw new TfjsWeightsError(
        `${paths.join(', ')} beside ${file} must hold ${offset} bytes, got ${bytes.length}. Restore it from a copy.`,
      );
    }
  }
  return tensors;
}

function groupsOf(text: string, file: string): readonly WeightGroup[] {
  let parsed: { weightsManifest?: WeightGroup[] } | WeightGroup[] | undefined;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TfjsWeightsError(`${file} is not JSON: ${(error as Error).message}. Restore it from a copy.`);
  }
  const groups = Array.isArray(parsed) ? parsed : parsed?.weightsManifest;
  const isGroup = (group: Partial<WeightGroup> | null) =>
    Array.isArray(group?.paths) && Array.isArray(group.weights);
  if (!Array.isArray(groups) || !groups.every(isGroup)) {
    throw new TfjsWeightsError(
      `${file} names no weights: it must be the model.json of a TensorFlow.js model, or its manifest of weights.`,
    );
  }
  return groups;
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new TfjsWeightsError(`${path} cannot be read (${error.code}). Check the path.`, { cause: error });
  });
}
