// SIMD kernels for the wasm backend, in AssemblyScript. They work on the backend's own memory and keep no
// state: every address comes from the caller. Compiled by assembly/compile.mjs into src/wasm-kernels.

const vector: usize = 16;

/** Adds the rows of x [rows, channels] into sums (f64). `partial` is scratch of `channels` floats. */
export function sumRows(x: usize, rows: i32, channels: i32, partial: usize, sums: usize): void {
  memory.fill(sums, 0, (<usize>channels) << 3);
  for (let first = 0; first < rows; first += 64) {
    const last = min(first + 64, rows);
    memory.fill(partial, 0, (<usize>channels) << 2);
    for (let row = first; row < last; row++) {
      let c = 0;
      let at = partial;
      for (; c + 4 <= channels; c += 4, at += vector, x += vector) {
        v128.store(at, f32x4.add(v128.load(at), v128.load(x)));
      }
      for (; c < channels; c++, at += 4, x += 4) store<f32>(at, load<f32>(at) + load<f32>(x));
    }
    flush(partial, sums, channels);
  }
}

/** Adds (x - mean)^2 over the rows of x into sums (f64). */
export function sumSquares(
  x: usize,
  mean: usize,
  rows: i32,
  channels: i32,
  partial: usize,
  sums: usize,
): void {
  memory.fill(sums, 0, (<usize>channels) << 3);
  for (let first = 0; first < rows; first += 64) {
    const last = min(first + 64, rows);
    memory.fill(partial, 0, (<usize>channels) << 2);
    for (let row = first; row < last; row++) {
      let c = 0;
      let at = partial;
      let centre = mean;
      for (; c + 4 <= channels; c += 4, at += vector, x += vector, centre += vector) {
        const d = f32x4.sub(v128.load(x), v128.load(centre));
        v128.store(at, f32x4.add(v128.load(at), f32x4.mul(d, d)));
      }
      for (; c < channels; c++, at += 4, x += 4, centre += 4) {
        const d = load<f32>(x) - load<f32>(centre);
        store<f32>(at, load<f32>(at) + d * d);
      }
    }
    flush(partial, sums, channels);
  }
}

/** Adds dy into sums and dy (x - mean) into sums + channels (f64). `partial` is scratch of 2 channels floats. */
export function sumGradients(
  dy: usize,
  x: usize,
  mean: usize,
  rows: i32,
  channels: i32,
  partial: usize,
  sums: usize,
): void {
  const second: usize = (<usize>channels) << 2;
  memory.fill(sums, 0, (<usize>channels) << 4);
  for (let first = 0; first < rows; first += 64) {
    const last = min(first + 64, rows);
    memory.fill(partial, 0, second << 1);
    for (let row = first; row < last; row++) {
      let c = 0;
      let at = partial;
      let centre = mean;
      for (; c + 4 <= channels; c += 4, at += vector, x += vector, dy += vector, centre += vector) {
        const d = v128.load(dy);
        const offset = f32x4.sub(v128.load(x), v128.load(centre));
        v128.store(at, f32x4.add(v128.load(at), d));
        v128.store(at + second, f32x4.add(v128.load(at + second), f32x4.mul(d, offset)));
      }
      for (; c < channels; c++, at += 4, x += 4, dy += 4, centre += 4) {
        const d = load<f32>(dy);
        store<f32>(at, load<f32>(at) + d);
        store<f32>(at + second, load<f32>(at + second) + d * (load<f32>(x) - load<f32>(centre)));
      }
    }
    flush(partial, sums, channels << 1);
  }
}

function flush(partial: usize, sums: usize, count: i32): void {
  for (let i = 0; i < count; i++, partial += 4, sums += 8) {
    store<f64>(sums, load<f64>(sums) + <f64>load<f32>(partial));
  }
}

/** y = x * gain + shift, by channel. */
export function scaleShift(x: usize, gain: usize, shift: usize, y: usize, rows: i32, channels: i32): void {
  for (let row = 0; row < rows; row++) {
    let c = 0;
    let at: usize = 0;
    for (; c + 4 <= channels; c += 4, at += vector) {
      const scaled = f32x4.mul(v128.load(x + at), v128.load(gain + at));
      v128.store(y + at, f32x4.add(scaled, v128.load(shift + at)));
    }
    for (; c < channels; c++, at += 4) {
      store<f32>(y + at, load<f32>(x + at) * load<f32>(gain + at) + load<f32>(shift + at));
    }
    x += at;
    y += at;
  }
}

/** dx = a dy + b x + k, by channel; a, b and k lie one after the other. */
export function combineGradients(
  dy: usize,
  x: usize,
  factors: usize,
  dx: usize,
  rows: i32,
  channels: i32,
): void {
  const b: usize = factors + ((<usize>channels) << 2);
  const k: usize = b + ((<usize>channels) << 2);
  for (let row = 0; row < rows; row++) {
    let c = 0;
    let at: usize = 0;
    for (; c + 4 <= channels; c += 4, at += vector) {
      const left = f32x4.mul(v128.load(dy + at), v128.load(factors + at));
      const right = f32x4.mul(v128.load(x + at), v128.load(b + at));
      v128.store(dx + at, f32x4.add(f32x4.add(left, right), v128.load(k + at)));
    }
    for (; c < channels; c++, at += 4) {
      store<f32>(
        dx + at,
        load<f32>(dy + at) * load<f32>(factors + at) +
          load<f32>(x + at) * load<f32>(b + at) +
          load<f32>(k + at),
      );
    }
    x += at;
    dy += at;
    dx += at;
  }
}

/** Output pixels that the filter gradient works through at a time; the caller sizes its scratch by it. */
const pixelBlock: i32 = 128;

/**
 * Adds a convolution's filter gradient for some images to dw [filterHeight, filterWidth, inChannels,
 * outChannels].
 *
 * For each block of output pixels and each filter tap, the input pixels under the tap are gathered into
 * `scratch` ([ceil(inChannels / 4)] panels of [pixelBlock, 4] floats, 0 outside the image), and the product
 * panel^T x dy is added in tiles of 4 x 8.
 */
export function filterGradient(
  x: usize,
  dy: usize,
  dw: usize,
  scratch: usize,
  images: i32,
  inHeight: i32,
  inWidth: i32,
  inChannels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixels = images * outHeight * outWidth;
  const panels = (inChannels + 3) >> 2;
  const panelSize: usize = (<usize>pixelBlock) << 4;
  const inRow: usize = (<usize>inChannels) << 2;
  const outRow: usize = (<usize>outChannels) << 2;
  for (let first = 0; first < pixels; first += pixelBlock) {
    const count = min(pixelBlock, pixels - first);
    const dyBlock = dy + <usize>first * outRow;
    for (let filterY = 0; filterY < filterHeight; filterY++) {
      for (let filterX = 0; filterX < filterWidth; filterX++) {
        let outX = first % outWidth;
        let outY = (first / outWidth) % outHeight;
        let image = first / (outWidth * outHeight);
        for (let p = 0; p < count; p++) {
          const inY = outY * strideHeight - top + filterY * dilationHeight;
          const inX = outX * strideWidth - left + filterX * dilationWidth;
          let to = scratch + ((<usize>p) << 4);
          if (inY < 0 || inY >= inHeight || inX < 0 || inX >= inWidth) {
            for (let panel = 0; panel < panels; panel++, to += panelSize) {
              v128.store(to, f32x4.splat(0));
            }
          } else {
            let from = x + <usize>((image * inHeight + inY) * inWidth + inX) * inRow;
            let c = 0;
            for (; c + 4 <= inChannels; c += 4, to += panelSize, from += vector) {
              v128.store(to, v128.load(from));
            }
            if (c < inChannels) {
              v128.store(to, f32x4.splat(0));
              for (let at: usize = 0; c < inChannels; c++, at += 4) {
                store<f32>(to + at, load<f32>(from + at));
              }
            }
          }
          if (++outX == outWidth) {
            outX = 0;
            if (++outY == outHeight) {
              outY = 0;
              image++;
            }
          }
        }
        const tap = dw + <usize>((filterY * filterWidth + filterX) * inChannels) * outRow;
        for (let panel = 0; panel < panels; panel++) {
          const rows = min(4, inChannels - (panel << 2));
          const target = tap + ((<usize>panel) << 2) * outRow;
          const a = scratch + <usize>panel * panelSize;
          let column = 0;
          let at: usize = 0;
          for (; column + 8 <= outChannels; column += 8, at += 32) {
            tile8(a, dyBlock + at, target + at, count, outRow, rows);
          }
          for (; column < outChannels; column++, at += 4) {
            tile1(a, dyBlock + at, target + at, count, outRow, rows);
          }
        }
      }
    }
  }
}

/** target [rows <= 4, 8] += a^T b over `count` pixels. */
function tile8(a: usize, b: usize, target: usize, count: i32, row: usize, rows: i32): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  for (let p = 0; p < count; p++, a += vector, b += row) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    s00 = f32x4.add(s00, f32x4.mul(a0, b0));
    s01 = f32x4.add(s01, f32x4.mul(a0, b1));
    const a1 = v128.load_splat<f32>(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(a1, b0));
    s11 = f32x4.add(s11, f32x4.mul(a1, b1));
    const a2 = v128.load_splat<f32>(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(a2, b0));
    s21 = f32x4.add(s21, f32x4.mul(a2, b1));
    const a3 = v128.load_splat<f32>(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(a3, b0));
    s31 = f32x4.add(s31, f32x4.mul(a3, b1));
  }
  addTo(target, s00, s01);
  if (rows > 1) addTo(target + row, s10, s11);
  if (rows > 2) addTo(target + row * 2, s20, s21);
  if (rows > 3) addTo(target + row * 3, s30, s31);
}

function addTo(target: usize, low: v128, high: v128): void {
  v128.store(target, f32x4.add(v128.load(target), low));
  v128.store(target, f32x4.add(v128.load(target, 16), high), 16);
}

/** One column of target += a^T b over `count` pixels. */
function tile1(a: usize, b: usize, target: usize, count: i32, row: usize, rows: i32): void {
  let sum = f32x4.splat(0);
  for (let p = 0; p < count; p++, a += vector, b += row) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(a), v128.load_splat<f32>(b)));
  }
  store<f32>(target, load<f32>(target) + f32x4.extract_lane(sum, 0));
  if (rows > 1) store<f32>(target + row, load<f32>(target + row) + f32x4.extract_lane(sum, 1));
  if (rows > 2) store<f32>(target + row * 2, load<f32>(target + row * 2) + f32x4.extract_lane(sum, 2));
  if (rows > 3) store<f32>(target + row * 3, load<f32>(target + row * 3) + f32x4.extract_lane(sum, 3));
}

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
