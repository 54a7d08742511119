/** Bytes of a SIMD vector, four floats. */
const vector: usize = 16;

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
