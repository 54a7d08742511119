import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FtError } from '@ft/errors';
import type { StoredTensor } from './safetensors.ts';
import { readTfjsWeights, TfjsWeightsError } from './tfjs-weights.ts';

/** Pre-trained weights are not installed, or their file is damaged. */
export class PretrainedWeightsError extends FtError {
  static override readonly code: string = 'FT_PRETRAINED_WEIGHTS';
}

const PACKAGE = '@vladmandic/face-api';

/**
 * Reads the weights of a network that the npm package `@vladmandic/face-api` carries (MIT).
 *
 * @param network its name in the package, e.g. `face_recognition_model`
 * @returns float32 tensors by the package's own names
 * @throws PretrainedWeightsError where the package is not installed or its file is of another form
 */
export async function readFaceApiWeights(network: string): Promise<Map<string, StoredTensor>> {
  const manifest = join(packageFolder(), 'model', `${network}-weights_manifest.json`);
  return readTfjsWeights(manifest).catch((error: unknown) => {
    if (!TfjsWeightsError.isInstance(error)) throw error;
    throw new PretrainedWeightsError(`${error.message} Install version 1.7 of ${PACKAGE} again.`, {
      cause: error,
    });
  });
}

function packageFolder(): string {
  try {
    const require = createRequire(import.meta.url);
    return dirname(require.resolve('@vladmandic/face-api/package.json'));
  } catch (error) {
    throw new PretrainedWeightsError(
      `The pre-trained weights come with the npm package ${PACKAGE}, which is not installed. Add it to the project: npm install ${PACKAGE}.`,
      { cause: error },
    );
  }
}
