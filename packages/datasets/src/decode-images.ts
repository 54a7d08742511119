import { DamagedImageError } from './damaged-image-error.ts';
import type { DecodeChunk } from './decode-chunk.ts';
import { decodersFor } from './decode-threads.ts';
import type { FaceImage } from './face-dataset.ts';
import { type Alignment, regionOf, type SquareCrop } from './image-region.ts';
import { mapInParallel } from './map-in-parallel.ts';

export interface DecodeImagesOptions {
  readonly size: number;
  readonly crop?: SquareCrop | undefined;
  readonly align?: Alignment | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once for each image; `problem` says that it is unusable. What it throws stops everything. */
  readonly onImage: (index: number, problem: DamagedImageError | undefined) => void;
}

/** Files that a thread gets at once, and bytes that their pixels take at most. */
const chunk = { images: 8, bytes: 2 ** 20 };

/**
 * Decodes files, on all cores where there are many.
 *
 * @param pixels RGB bytes [images, size, size, 3], to be filled
 */
export async function decodeImages(
  images: readonly FaceImage[],
  pixels: Uint8Array,
  { size, crop, align, signal, onImage }: DecodeImagesOptions,
): Promise<void> {
  const imageBytes = size * size * 3;
  const length = Math.max(1, Math.min(chunk.images, Math.floor(chunk.bytes / imageBytes)));
  const starts = Array.from({ length: Math.ceil(images.length / length) }, (_, i) => i * length);
  const decoders = decodersFor(images.length);
  const spare: ArrayBuffer[] = [];
  // Each decoder has a chunk waiting while it is at another.
  await mapInParallel(starts, decoders.length * 2, signal, async (start) => {
    const found: number[] = [];
    const wanted: DecodeChunk['images'][number][] = [];
    for (let i = start; i < Math.min(images.length, start + length); i++) {
      const { id, file } = images[i]!;
      try {
        wanted.push({ file, region: regionOf(id, file, crop, align) });
        found.push(i);
      } catch (error) {
        if (!DamagedImageError.isInstance(error)) throw error;
        onImage(i, error);
      }
    }
    const free = decoders.reduce((one, other) => (other.waiting() < one.waiting() ? other : one));
    const decoded = await free.decode({
      images: wanted,
      size,
      pixels: spare.pop() ?? new ArrayBuffer(length * imageBytes),
    });
    const bytes = new Uint8Array(decoded.pixels);
    found.forEach((i, k) => {
      const problem = decoded.problems[k];
      pixels.set(bytes.subarray(k * imageBytes, (k + 1) * imageBytes), i * imageBytes);
      onImage(i, problem === undefined ? undefined : new DamagedImageError(images[i]!.file, problem));
    });
    spare.push(decoded.pixels);
  });
}
