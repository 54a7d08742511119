import { InvalidArgumentError } from '@ft/errors';
import { createRandom } from '@ft/random';
import { drawIdentity, drawNuisance } from './face-factors.ts';
import type { PackedImages } from './packed-images.ts';
import { renderFace } from './render-face.ts';

export interface SyntheticOptions {
  /** How many people, from 1. */
  readonly identities: number;
  /** From 1. */
  readonly imagesPerIdentity: number;
  /** Height and width in pixels, from 16 to 512. */
  readonly size: number;
  readonly seed: number;
  /** How much photographs of one person differ: 0 not at all, 1 as the default, at most 2. */
  readonly nuisance?: number;
  /** Called after each person. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Drawn faces of invented people, for tests and demonstrations without any download.
 *
 * What makes a person (shape of the head, skin, eyes, brows, nose, mouth, hair, beard, freckles, glasses) is
 * drawn once a person; pose, light, expression, background, occlusion and noise once an image. A person and
 * an image depend on the seed and their numbers only, so asking for more leaves the first ones as they were.
 *
 * @returns images sorted by identity, labels 0 to identities - 1
 * @throws InvalidArgumentError where an option is out of range
 */
export function syntheticIdentities(options: SyntheticOptions): PackedImages {
  const { identities, imagesPerIdentity, size, seed, nuisance = 1, onProgress } = options;
  requireInteger('identities', identities, 1, 1_000_000);
  requireInteger('imagesPerIdentity', imagesPerIdentity, 1, 1_000_000);
  requireInteger('size', size, 16, 512);
  if (!(nuisance >= 0 && nuisance <= 2)) refuse('nuisance', 'a number from 0 to 2', nuisance);

  const count = identities * imagesPerIdentity;
  const bytes = size * size * 3;
  const pixels = new Uint8Array(count * bytes);
  const names = Array.from({ length: identities }, (_, i) => `synthetic_${String(i).padStart(6, '0')}`);
  const ids: string[] = [];
  names.forEach((name, i) => {
    const person = drawIdentity(createRandom(seed, `person ${i}`));
    for (let j = 0; j < imagesPerIdentity; j++) {
      const random = createRandom(seed, `person ${i} image ${j}`);
      const photo = drawNuisance(random, nuisance);
      const at = ids.length * bytes;
      renderFace(pixels.subarray(at, at + bytes), size, person, photo, random);
      ids.push(`${name}/${String(j).padStart(6, '0')}`);
    }
    onProgress?.(i + 1, identities);
  });
  return {
    count,
    height: size,
    width: size,
    channels: 3,
    pixels,
    ids,
    labels: Int32Array.from({ length: count }, (_, i) => Math.floor(i / imagesPerIdentity)),
    identities: names,
    skipped: [],
  };
}

function requireInteger(argument: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    refuse(argument, `an integer from ${least} to ${most}`, value);
  }
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'syntheticIdentities', argument, expected, got });
}
