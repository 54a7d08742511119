import { openRunDirectory } from './run-directory.ts';

/**
 * The square of an image that a network was trained on.
 *
 * @param faces how its faces were found, as saved with its weights
 * @param run the folder of its run, where it is part of one
 */
export async function ownCrop(faces: string | undefined, run: string | undefined): Promise<'centre' | 'lfw'> {
  if (faces === 'lfw') return 'lfw';
  // Landmarks were looked for within a square, which the weights do not tell.
  if (faces !== 'landmarks' || run === undefined) return 'centre';
  const { config } = await openRunDirectory(run);
  return config.data.startsWith('lfw:') ? 'lfw' : 'centre';
}
