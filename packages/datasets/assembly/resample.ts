/**
 * Scales rows of RGB bytes in width: to [rows, size, 3] in 16 bits, each a sum of products shifted right by 4.
 *
 * @param offsets u32 [size]: the first byte of a row that each output pixel looks at
 * @param weights i16 [size, pairs, 2]: of pixels side by side from there on
 */
export function narrowRows(
  from: usize,
  rows: i32,
  rowBytes: i32,
  offsets: usize,
  weights: usize,
  pairs: i32,
  size: i32,
  to: usize,
): void {
  for (let y = 0; y < rows; y++, from += rowBytes) {
    let weight = weights;
    for (let x = 0; x < size; x++, to += 6) {
      let at = from + load<u32>(offsets + ((<usize>x) << 2));
      let sum = pairSum(at, weight);
      weight += 4;
      for (let pair = 1; pair < pairs; pair++, weight += 4) sum = i32x4.add(sum, pairSum((at += 6), weight));
      const narrow = i32x4.shr_u(sum, 4);
      v128.store64_lane(to, i16x8.narrow_i32x4_u(narrow, narrow), 0);
    }
  }
}

/** Two pixels as red red, green green, blue blue: one instruction multiplies and adds each two. */
function pairSum(pixels: usize, weights: usize): v128 {
  const split = i8x16.swizzle(
    v128.load64_zero(pixels),
    i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1),
  );
  return i32x4.dot_i16x8_s(split, v128.load32_splat(weights));
}

/**
 * Scales 16-bit rows in height: to bytes [size, length], each a sum of products rounded and shifted right by 20.
 *
 * @param first i32 [size]: the first row that each output row looks at
 * @param taps i32 [size]: how many rows it looks at
 * @param weights u16: of all those rows, one output row after another
 */
export function mixRows(
  from: usize,
  length: i32,
  first: usize,
  taps: usize,
  weights: usize,
  size: i32,
  to: usize,
): void {
  const rowBytes: usize = (<usize>length) << 1;
  const half = i32x4.splat(1 << 19);
  for (let y = 0; y < size; y++, first += 4, taps += 4) {
    const count = load<i32>(taps);
    const start = from + <usize>load<i32>(first) * rowBytes;
    for (let x = 0; x < length; x += 8) {
      let low = half;
      let high = half;
      let at = start + ((<usize>x) << 1);
      for (let tap = 0; tap < count; tap++, at += rowBytes) {
        const row = v128.load(at);
        const weight = v128.load16_splat(weights + ((<usize>tap) << 1));
        low = i32x4.add(low, i32x4.extmul_low_i16x8_u(row, weight));
        high = i32x4.add(high, i32x4.extmul_high_i16x8_u(row, weight));
      }
      const words = i16x8.narrow_i32x4_u(i32x4.shr_u(low, 20), i32x4.shr_u(high, 20));
      v128.store64_lane(to + x, i8x16.narrow_i16x8_u(words, words), 0);
    }
    to += length;
    weights += (<usize>count) << 1;
  }
}
