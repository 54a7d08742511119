import { checkIndices } from './check-indices.ts';
import type { PackedImages } from './packed-images.ts';
import { unfilledBytes } from './unfilled-bytes.ts';

/**
 * The pixels of some images, unchanged.
 *
 * @param packed the images
 * @param indices which ones, each in [0, packed.count); repeats are allowed
 * @returns RGB bytes [indices.length, height, width, 3], a copy
 * @throws InvalidArgumentError where an index is out of range
 */
export function gatherBatch(packed: PackedImages, indices: ArrayLike<number>): Uint8Array {
  checkIndices('gatherBatch', indices, packed.count);
  const size = packed.height * packed.width * packed.channels;
  const batch = unfilledBytes(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * size;
    batch.set(packed.pixels.subarray(start, start + size), i * size);
  }
  return batch;
}
