/** Bytes of a SIMD vector, four floats. */
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
