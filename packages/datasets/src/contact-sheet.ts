import { InvalidArgumentError } from '@ft/errors';
import { checkIndices } from './check-indices.ts';
import { loadSharp } from './decode-frame.ts';
import type { PackedImages } from './packed-images.ts';

/**
 * Draws images side by side, so that a person sees what the network sees.
 *
 * @param packed the images
 * @param options.indices which ones, in reading order; default: the first 80
 * @param options.columns how many side by side, from 1; default 10
 * @returns the bytes of a PNG file
 * @throws InvalidArgumentError where there is nothing to draw or an index is out of range
 */
export async function contactSheet(
  packed: PackedImages,
  options: { readonly indices?: ArrayLike<number>; readonly columns?: number } = {},
): Promise<Buffer> {
  const { columns = 10, indices = Array.from({ length: Math.min(80, packed.count) }, (_, i) => i) } = options;
  checkIndices('contactSheet', indices, packed.count);
  if (!Number.isInteger(columns) || columns < 1) {
    throw new InvalidArgumentError({
      where: 'contactSheet',
      argument: 'columns',
      expected: 'an integer from 1',
      got: columns,
    });
  }
  if (indices.length === 0) {
    throw new InvalidArgumentError({
      where: 'contactSheet',
      argument: 'indices',
      expected: 'at least one image',
      got: indices,
    });
  }
  const { height, width, pixels } = packed;
  const sheetWidth = Math.min(columns, indices.length) * width;
  const sheetHeight = Math.ceil(indices.length / columns) * height;
  const sheet = Buffer.alloc(sheetWidth * sheetHeight * 3, 255);
  for (let n = 0; n < indices.length; n++) {
    const left = (n % columns) * width;
    const top = Math.floor(n / columns) * height;
    for (let y = 0; y < height; y++) {
      const from = (indices[n]! * height + y) * width * 3;
      sheet.set(pixels.subarray(from, from + width * 3), ((top + y) * sheetWidth + left) * 3);
    }
  }
  const sharp = await loadSharp();
  return sharp(sheet, { raw: { width: sheetWidth, height: sheetHeight, channels: 3 } })
    .png()
    .toBuffer();
}
