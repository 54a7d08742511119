import { checkIndices } from './check-indices.ts';
import { gatherBatch } from './gather-batch.ts';
import type { PackedImages } from './packed-images.ts';

/**
 * Some of the images, in the order given. Labels keep their meaning: `identities` stays the same.
 *
 * The pixels are a view of `packed` where the indices are consecutive and rising, otherwise a copy.
 *
 * @param packed the images
 * @param indices which ones, each in [0, packed.count); repeats are allowed
 * @throws InvalidArgumentError where an index is out of range
 */
export function selectImages(packed: PackedImages, indices: ArrayLike<number>): PackedImages {
  checkIndices('selectImages', indices, packed.count);
  const chosen = Array.from(indices);
  const first = chosen[0] ?? 0;
  const size = packed.height * packed.width * packed.channels;
  const consecutive = chosen.every((index, i) => index === first + i);
  return {
    ...packed,
    count: chosen.length,
    pixels: consecutive
      ? packed.pixels.subarray(first * size, (first + chosen.length) * size)
      : gatherBatch(packed, chosen),
    ids: chosen.map((index) => packed.ids[index]!),
    labels: Int32Array.from(chosen, (index) => packed.labels[index]!),
  };
}
