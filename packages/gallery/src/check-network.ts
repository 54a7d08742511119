import { InvalidArgumentError } from '@ft/errors';
import type { GalleryNetwork } from './gallery.ts';

/** Refuses a network that no gallery can belong to. */
export function checkNetwork({ model, dimension, measure }: GalleryNetwork): void {
  if (typeof model !== 'string' || model === '') refuse('model', 'a text, not empty', model);
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > 16_000) {
    refuse('dimension', 'an integer from 1 to 16000', dimension);
  }
  if (!['euclidean', 'squared-euclidean', 'cosine'].includes(measure)) {
    refuse('measure', "'euclidean', 'squared-euclidean' or 'cosine'", measure);
  }
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'openGallery', argument: `network.${argument}`, expected, got });
}
