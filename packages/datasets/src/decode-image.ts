import { readFile } from 'node:fs';
import { promisify } from 'node:util';
import { templateLandmarks } from './alignment-template.ts';
import { DamagedImageError } from './damaged-image-error.ts';
import { decodeFrame, recycleFrame } from './decode-frame.ts';
import { estimateSimilarity } from './estimate-similarity.ts';
import type { FacePlacement, SquareCrop } from './image-region.ts';
import { resampleSquare } from './resample-square.ts';
import { warpSquare } from './warp-square.ts';

/**
 * Decodes one file to RGB bytes [size, size, 3]: a square crop, or a face moved onto a template.
 *
 * Scaling averages over what a pixel covers. A source far larger than needed is made smaller while decoding,
 * to no less than twice the size asked for.
 *
 * @param region default: the largest square in the centre
 * @throws DamagedImageError where the file is no complete image or does not hold the crop
 */
export async function decodeImage(
  file: string,
  size: number,
  region?: SquareCrop | FacePlacement,
): Promise<Uint8Array> {
  const bytes = await readBytes(file).catch((cause: NodeJS.ErrnoException) => {
    // Too many open files or a failing disk say nothing about the image: they stop everything.
    if (cause.code !== 'ENOENT' && cause.code !== 'EISDIR') throw cause;
    throw new DamagedImageError(file, `it cannot be read (${cause.code})`, { cause });
  });
  return region !== undefined && 'landmarks' in region
    ? decodePlaced(bytes, file, size, region)
    : decodeCrop(bytes, file, size, region);
}

async function decodeCrop(
  bytes: Buffer,
  file: string,
  size: number,
  crop: SquareCrop | undefined,
): Promise<Uint8Array> {
  let wanted = { left: 0, top: 0, side: 0 };
  const frame = await decodeFrame(bytes, file, (width, height) => {
    const side = crop?.size ?? Math.min(width, height);
    wanted = {
      left: (crop?.centerX ?? width / 2) - side / 2,
      top: (crop?.centerY ?? height / 2) - side / 2,
      side,
    };
    const { left, top } = wanted;
    if (left < 0 || top < 0 || left + side > width || top + side > height) {
      throw new DamagedImageError(
        file,
        `the crop from (${left}, ${top}) to (${left + side}, ${top + side}) lies outside its ${width} x ${height} pixels`,
      );
    }
    return shrinkOf(side, size);
  });
  const { left, top, side } = wanted;
  const scale = 1 / frame.shrink;
  const square = { left: left * scale, top: top * scale, side: side * scale };
  const pixels = resampleSquare(frame, square, size);
  recycleFrame(frame);
  return pixels;
}

async function decodePlaced(
  bytes: Buffer,
  file: string,
  size: number,
  { landmarks, template }: FacePlacement,
): Promise<Uint8Array> {
  const target = templateLandmarks(template, size);
  const placement = estimateSimilarity(landmarks, target);
  if (placement === undefined) {
    throw new DamagedImageError(file, 'its landmarks do not span a face');
  }
  const side = size / Math.hypot(placement.a, placement.b);
  const frame = await decodeFrame(bytes, file, () => shrinkOf(side, size));
  const { shrink } = frame;
  const scaled = { ...placement, a: placement.a * shrink, b: placement.b * shrink };
  const pixels = warpSquare(frame, scaled, size);
  recycleFrame(frame);
  return pixels;
}

// Several times cheaper than the function of the same name in node:fs/promises.
const readBytes = promisify(readFile);

/** What may be lost while decoding so that twice the wanted size is left. */
function shrinkOf(side: number, size: number): number {
  return Math.max(1, Math.floor(side / (2 * size)));
}
