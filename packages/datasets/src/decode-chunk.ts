import { DamagedImageError } from './damaged-image-error.ts';
import { decodeImage } from './decode-image.ts';
import type { FacePlacement, SquareCrop } from './image-region.ts';
import { mapInParallel } from './map-in-parallel.ts';

/** Some files that one thread decodes together. */
export interface DecodeChunk {
  readonly images: readonly {
    readonly file: string;
    /** As for {@link decodeImage}. */
    readonly region: SquareCrop | FacePlacement | undefined;
  }[];
  readonly size: number;
  /** RGB bytes [images, size, size, 3], to be filled. */
  readonly pixels: ArrayBuffer;
}

/** The chunk's memory, and for each image why it is unusable; undefined where it is not. */
export interface DecodedChunk {
  readonly pixels: ArrayBuffer;
  readonly problems: readonly (string | undefined)[];
}

export async function decodeChunk({ images, size, pixels }: DecodeChunk): Promise<DecodedChunk> {
  const imageBytes = size * size * 3;
  const problems = await mapInParallel(images, 2, undefined, async ({ file, region }, i) => {
    try {
      await decodeImage(file, size, region, new Uint8Array(pixels, i * imageBytes, imageBytes));
      return undefined;
    } catch (error) {
      if (!DamagedImageError.isInstance(error)) throw error;
      return error.reason;
    }
  });
  return { pixels, problems };
}
