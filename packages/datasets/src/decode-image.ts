import { placeFace } from './alignment-template.ts';
import { DamagedImageError } from './damaged-image-error.ts';
import { decodeFrame, recycleFrame } from './decode-frame.ts';
import { shrinkOf } from './frame.ts';
import type { FacePlacement, SquareCrop } from './image-region.ts';
import { readImageFile } from './read-image-file.ts';
import { resampleSquare } from './resample-square.ts';
import { warpSquare } from './warp-square.ts';

/**
 * Decodes one file into RGB bytes [size, size, 3]: a square crop, or a face moved onto a template.
 *
 * Scaling averages over what a pixel covers. A source far larger than needed is made smaller while decoding,
 * to no less than twice the size asked for.
 *
 * @param region default: the largest square in the centre
 * @param out where the bytes go, of size x size x 3
 * @throws DamagedImageError where the file is no complete image or does not hold the crop
 */
export async function decodeImage(
  file: string,
  size: number,
  region: SquareCrop | FacePlacement | undefined,
  out: Uint8Array,
): Promise<void> {
  const bytes = readImageFile(file);
  if (region !== undefined && 'landmarks' in region) await decodePlaced(bytes, file, size, region, out);
  else await decodeCrop(bytes, file, size, region, out);
}

async function decodeCrop(
  bytes: Buffer,
  file: string,
  size: number,
  crop: SquareCrop | undefined,
  out: Uint8Array,
): Promise<void> {
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
  resampleSquare(frame, square, size, out);
  recycleFrame(frame);
}

async function decodePlaced(
  bytes: Buffer,
  file: string,
  size: number,
  { landmarks, template }: FacePlacement,
  out: Uint8Array,
): Promise<void> {
  const placement = placeFace(landmarks, template, size);
  if (placement === undefined) {
    throw new DamagedImageError(file, 'its landmarks do not span a face');
  }
  const side = size / Math.hypot(placement.a, placement.b);
  const frame = await decodeFrame(bytes, file, () => shrinkOf(side, size));
  const { shrink } = frame;
  const scaled = { ...placement, a: placement.a * shrink, b: placement.b * shrink };
  warpSquare(frame, scaled, size, 'black', out);
  recycleFrame(frame);
}
