/**
 * Copies the pixels of x [images, fromHeight, fromWidth, channels] to every strideth pixel of
 * y [images, height, width, channels], from pixel (firstY, firstX) on: rows x columns of each image.
 */
export function spreadPixels(
  x: usize,
  y: usize,
  images: i32,
  fromHeight: i32,
  fromWidth: i32,
  height: i32,
  width: i32,
  channels: i32,
  firstY: i32,
  firstX: i32,
  strideHeight: i32,
  strideWidth: i32,
  rows: i32,
  columns: i32,
): void {
  const size: usize = (<usize>channels) << 2;
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < rows; i++) {
      let from = x + <usize>((image * fromHeight + i) * fromWidth) * size;
      let to = y + <usize>((image * height + firstY + i * strideHeight) * width + firstX) * size;
      for (let j = 0; j < columns; j++, from += size, to += size * <usize>strideWidth) {
        memory.copy(to, from, size);
      }
    }
  }
}
