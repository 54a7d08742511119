import { InvalidArgumentError } from '@ft/errors';
import type { PackedImages } from './packed-images.ts';

/** Two images that look alike: `first` in one data set, `second` in the other. */
export interface DuplicatePair {
  /** Position in the first data set. */
  readonly first: number;
  /** Position in the second data set. */
  readonly second: number;
  /** How many of the 256 bits of the two fingerprints differ. */
  readonly distance: number;
  /** Are the packed pixels equal, every byte? */
  readonly identical: boolean;
}

const words = 8;

/**
 * Finds images that are (nearly) the same photograph: equal, re-encoded, brightened or resized.
 *
 * Each image gets 256 bits, one for each pair of neighbours in a grey picture of 17 x 16 pixels: is the right
 * one brighter? In LFW copies of one photograph differ in up to 24 bits, all others in 30 or more. Noise in
 * even surfaces, as drawings have, costs bits too.
 *
 * @param first packed with the same crop as `second`; the sizes may differ
 * @param second leave it out to look for duplicates inside `first`
 * @param options.maxDistance how many of the 256 bits may differ, from 0; default 24
 * @returns pairs by rising distance; inside one data set `first` < `second`
 * @throws InvalidArgumentError where `maxDistance` is out of range
 */
export function nearDuplicates(
  first: PackedImages,
  second?: PackedImages,
  { maxDistance = 24 }: { readonly maxDistance?: number } = {},
): DuplicatePair[] {
  if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > 256) {
    throw new InvalidArgumentError({
      where: 'nearDuplicates',
      argument: 'maxDistance',
      expected: 'an integer from 0 to 256',
      got: maxDistance,
    });
  }
  const a = fingerprints(first);
  const b = second === undefined ? a : fingerprints(second);
  const found: DuplicatePair[] = [];
  for (let i = 0; i < first.count; i++) {
    for (let j = second === undefined ? i + 1 : 0; j * words < b.length; j++) {
      let distance = 0;
      for (let word = 0; word < words && distance <= maxDistance; word++) {
        distance += bitCount(a[i * words + word]! ^ b[j * words + word]!);
      }
      if (distance > maxDistance) continue;
      const identical = samePixels(first, i, second ?? first, j);
      found.push({ first: i, second: j, distance, identical });
    }
  }
  return found.sort((x, y) => x.distance - y.distance);
}

/** @see Krawetz, "Kind of Like That" (2013): the difference hash, here with 16 x 16 bits */
function fingerprints({ count, height, width, pixels }: PackedImages): Int32Array {
  const bits = new Int32Array(count * words);
  const grey = new Float64Array(17 * 16);
  for (let n = 0; n < count; n++) {
    grey.fill(0);
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * 16) / height) * 17;
      let at = (n * height + y) * width * 3;
      for (let x = 0; x < width; x++, at += 3) {
        grey[row + Math.floor((x * 17) / width)]! += pixels[at]! + 2 * pixels[at + 1]! + pixels[at + 2]!;
      }
    }
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        const bit = y * 16 + x;
        const left = grey[y * 17 + x]! / columnsOf(x, width);
        const right = grey[y * 17 + x + 1]! / columnsOf(x + 1, width);
        if (right > left) bits[n * words + (bit >> 5)]! |= 1 << (bit & 31);
      }
    }
  }
  return bits;
}

/** How many pixel columns fall into one of the 17. */
const columnsOf = (column: number, width: number) =>
  Math.ceil(((column + 1) * width) / 17) - Math.ceil((column * width) / 17) || 1;

function bitCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function samePixels(first: PackedImages, i: number, second: PackedImages, j: number): boolean {
  const bytes = first.height * first.width * 3;
  if (first.height !== second.height || first.width !== second.width) return false;
  const one = first.pixels.subarray(i * bytes, (i + 1) * bytes);
  const other = second.pixels.subarray(j * bytes, (j + 1) * bytes);
  return one.every((value, k) => value === other[k]);
}
