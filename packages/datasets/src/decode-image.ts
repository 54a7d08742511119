import { readFile } from 'node:fs/promises';
import { DamagedImageError } from './damaged-image-error.ts';

/** A square of source pixels, after the EXIF orientation is applied. */
export interface SquareCrop {
  /** Column of the centre, in pixels from the left edge. */
  readonly centerX: number;
  /** Row of the centre, in pixels from the top edge. */
  readonly centerY: number;
  /** Side in pixels. */
  readonly size: number;
}

/** Images above this many pixels are refused before they are decoded. */
const pixelLimit = 20_000 * 20_000;

/**
 * Decodes one file to RGB bytes [size, size, 3]: EXIF orientation, square crop, resize.
 *
 * Colours are converted to sRGB, transparency is laid on black, of an animation the first frame is taken.
 *
 * @throws DamagedImageError where the file is no complete image or does not hold the crop
 */
export async function decodeImage(file: string, size: number, crop?: SquareCrop): Promise<Uint8Array> {
  const sharp = await loadSharp();
  try {
    const bytes = await readFile(file);
    const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: pixelLimit });
    const { autoOrient } = await image.metadata();
    const { width, height } = autoOrient;
    const side = Math.round(crop?.size ?? Math.min(width, height));
    const left = Math.round((crop?.centerX ?? width / 2) - side / 2);
    const top = Math.round((crop?.centerY ?? height / 2) - side / 2);
    if (left < 0 || top < 0 || left + side > width || top + side > height) {
      throw new DamagedImageError(
        file,
        `the crop from (${left}, ${top}) to (${left + side}, ${top + side}) lies outside its ${width} x ${height} pixels`,
      );
    }
    return await image
      .autoOrient()
      .flatten()
      .toColourspace('srgb')
      .extract({ left, top, width: side, height: side })
      .resize(size, size)
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (cause) {
    if (DamagedImageError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new DamagedImageError(file, reason, { cause });
  }
}

let loaded: Promise<typeof import('sharp').default> | undefined;

function loadSharp(): Promise<typeof import('sharp').default> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    // One thread a pipeline and several pipelines use the cores better than the reverse.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}
