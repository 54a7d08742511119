import type { ConvInfo } from './wasm-backend.ts';

/**
 * Lays out the patches that a convolution sees as rows of a matrix (im2col).
 *
 * Row (image, outY, outX) holds the patch [filterHeight, filterWidth, inChannels]; what lies outside the
 * image is 0.
 *
 * @param x Images, NHWC, at least `firstImage + images` of them.
 * @param columns Receives `images * outHeight * outWidth` rows.
 */
export function imageToColumns(
  x: Float32Array,
  columns: Float32Array,
  info: ConvInfo,
  firstImage: number,
  images: number,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { top, left } = info.padInfo;
  const row = filterWidth * inChannels;
  // Without dilation the pixels of one filter row lie side by side in memory.
  const step = dilationWidth === 1 ? filterWidth : 1;
  let to = 0;
  for (let image = firstImage; image < firstImage + images; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        const originX = outX * strideWidth - left;
        for (let filterY = 0; filterY < filterHeight; filterY++, to += row) {
          const y = outY * strideHeight - top + filterY * dilationHeight;
          if (y < 0 || y >= inHeight) {
            columns.fill(0, to, to + row);
            continue;
          }
          const lineStart = (image * inHeight + y) * inWidth;
          for (let filterX = 0; filterX < filterWidth; filterX += step) {
            const x0 = originX + filterX * dilationWidth;
            const before = Math.min(Math.max(0, -x0), step);
            const end = Math.max(before, Math.min(step, inWidth - x0));
            const target = to + filterX * inChannels;
            copy(
              x,
              (lineStart + x0 + before) * inChannels,
              columns,
              target + before * inChannels,
              (end - before) * inChannels,
            );
            columns.fill(0, target, target + before * inChannels);
            columns.fill(0, target + end * inChannels, target + step * inChannels);
          }
        }
      }
    }
  }
}

/**
 * Adds the rows of a patch matrix back to the pixels they came from (col2im), the adjoint of
 * {@link imageToColumns}.
 *
 * @param columns `images * outHeight * outWidth` rows.
 * @param dx Images, NHWC; the patches are added to images `firstImage` and following.
 */
export function addColumnsToImage(
  columns: Float32Array,
  dx: Float32Array,
  info: ConvInfo,
  firstImage: number,
  images: number,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { top, left } = info.padInfo;
  let from = 0;
  for (let image = firstImage; image < firstImage + images; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        for (let filterY = 0; filterY < filterHeight; filterY++) {
          const y = outY * strideHeight - top + filterY * dilationHeight;
          const inside = y >= 0 && y < inHeight;
          const lineStart = (image * inHeight + y) * inWidth;
          for (let filterX = 0; filterX < filterWidth; filterX++, from += inChannels) {
            const x = outX * strideWidth - left + filterX * dilationWidth;
            if (!inside || x < 0 || x >= inWidth) continue;
            const to = (lineStart + x) * inChannels;
            for (let c = 0; c < inChannels; c++) {
              dx[to + c] = dx[to + c]! + columns[from + c]!;
            }
          }
        }
      }
    }
  }
}

function copy(from: Float32Array, start: number, to: Float32Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}
