/** Bytes of a SIMD vector, four floats. */
const vector: usize = 16;

/** Sums dy * x over the pixels of some images into the depthwise filter gradient dw (multiplier 1). */
export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  dw: usize,
  images: i32,
  inHeight: i32,
  inWidth: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const size: usize = (<usize>channels) << 2;
  for (let image = 0; image < images; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const inY = outY * strideHeight - top + filterY * dilationHeight;
        if (inY < 0 || inY >= inHeight) continue;
        const line = x + <usize>((image * inHeight + inY) * inWidth) * size;
        const dyLine = dy + <usize>((image * outHeight + outY) * outWidth) * size;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const tap = dw + <usize>(filterY * filterWidth + filterX) * size;
          for (let outX = 0; outX < outWidth; outX++) {
            const inX = outX * strideWidth - left + filterX * dilationWidth;
            if (inX < 0 || inX >= inWidth) continue;
            multiplyAdd(line + <usize>inX * size, dyLine + <usize>outX * size, tap, channels);
          }
        }
      }
    }
  }
}

/** Adds dy * w to the pixels of dx that a depthwise convolution (multiplier 1) read. */
export function depthwiseInputGradient(
  dx: usize,
  dy: usize,
  w: usize,
  images: i32,
  inHeight: i32,
  inWidth: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const size: usize = (<usize>channels) << 2;
  for (let image = 0; image < images; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const inY = outY * strideHeight - top + filterY * dilationHeight;
        if (inY < 0 || inY >= inHeight) continue;
        const line = dx + <usize>((image * inHeight + inY) * inWidth) * size;
        const dyLine = dy + <usize>((image * outHeight + outY) * outWidth) * size;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const tap = w + <usize>(filterY * filterWidth + filterX) * size;
          for (let outX = 0; outX < outWidth; outX++) {
            const inX = outX * strideWidth - left + filterX * dilationWidth;
            if (inX < 0 || inX >= inWidth) continue;
            multiplyAdd(tap, dyLine + <usize>outX * size, line + <usize>inX * size, channels);
          }
        }
      }
    }
  }
}

/** target += a * b, number by number. */
function multiplyAdd(a: usize, b: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, a += vector, b += vector, target += vector) {
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(v128.load(a), v128.load(b))));
  }
  for (; i < count; i++, a += 4, b += 4, target += 4) {
    store<f32>(target, load<f32>(target) + load<f32>(a) * load<f32>(b));
  }
}
