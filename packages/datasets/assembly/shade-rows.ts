/**
 * Moves, mirrors and recolours an image of RGB bytes and adds grain: to [height, width, 3], clamped to 0..255.
 *
 * @param columns u32 [width]: the byte of a row from which each output pixel comes
 * @param shift rows to look further down, edges repeated
 * @param levels i16 [3, 256]: what each byte of each colour becomes, in sixteenths
 * @param grain i16: sixteenths to add
 * @param starts i32 [height]: where in `grain` each row begins
 * @param line scratch of 6 bytes a column
 */
export function shadeRows(
  from: usize,
  height: i32,
  width: i32,
  columns: usize,
  shift: i32,
  levels: usize,
  grain: usize,
  starts: usize,
  line: usize,
  to: usize,
): void {
  const rowBytes = width * 3;
  for (let y = 0; y < height; y++, to += rowBytes, starts += 4) {
    const row = from + <usize>(min(max(y + shift, 0), height - 1) * rowBytes);
    for (let x = 0; x < width; x++) {
      const pixel = row + load<u32>(columns + ((<usize>x) << 2));
      const at = line + <usize>(x * 6);
      store<i16>(at, load<i16>(levels + ((<usize>load<u8>(pixel)) << 1)));
      store<i16>(at, load<i16>(levels + ((<usize>load<u8>(pixel, 1)) << 1), 512), 2);
      store<i16>(at, load<i16>(levels + ((<usize>load<u8>(pixel, 2)) << 1), 1024), 4);
    }
    const noise = grain + ((<usize>load<i32>(starts)) << 1);
    for (let i = 0; i < rowBytes; i += 8) {
      const sum = i16x8.add(v128.load(line + ((<usize>i) << 1)), v128.load(noise + ((<usize>i) << 1)));
      const words = i16x8.shr_s(sum, 4);
      v128.store64_lane(to + i, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}
