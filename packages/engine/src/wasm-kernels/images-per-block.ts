/** Patch matrices are built in blocks of about this many numbers (16 MiB), which the caches can hold. */
const blockSize = 4 * 1024 * 1024;

/** How many images to unfold at once, at least 1, when one image's patch matrix has `size` numbers. */
export function imagesPerBlock(images: number, size: number): number {
  return Math.max(1, Math.min(images, Math.floor(blockSize / size)));
}
