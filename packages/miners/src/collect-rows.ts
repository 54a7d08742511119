import type { Random } from '@ft/miner-api';

/** Three columns of equal length. */
export type Columns = [Int32Array, Int32Array, Int32Array];

type AddRow = (anchor: number, second: number, third: number) => void;

/** Adds one row for each of the first `count` of `thirds`. */
type AddRows = (anchor: number, second: number, thirds: Int32Array, count: number) => void;

/** Takes rows in, one at a time or many that share their first two columns. */
export interface RowCollector {
  readonly add: AddRow;
  readonly addAll: AddRows;
  readonly take: () => Columns;
}

/** How many rows to keep at most. */
export interface RowLimits {
  readonly max?: number | undefined;
  readonly maxPerAnchor?: number | undefined;
}

/**
 * Gathers a miner's rows and applies the limits by reservoir sampling, so that memory never exceeds what is
 * kept. With `maxPerAnchor`, all rows of one anchor must be added in one go.
 *
 * @param candidates all values of the third column are below this
 * @see Vitter, "Random sampling with a reservoir" (1985), algorithm R
 */
export function collectRows(limits: RowLimits, candidates: number, random: Random): RowCollector {
  const columns = growingColumns(candidates);
  if (limits.max === undefined && limits.maxPerAnchor === undefined) return columns;

  const sample = limits.max === undefined ? undefined : reservoir(limits.max, random);
  const group = limits.maxPerAnchor === undefined ? undefined : reservoir(limits.maxPerAnchor, random);
  const keep = sample?.add ?? columns.add;
  let current = -1;
  const add: AddRow = (anchor, second, third) => {
    if (group === undefined) return keep(anchor, second, third);
    if (anchor !== current) group.flush(keep);
    current = anchor;
    group.add(anchor, second, third);
  };
  return {
    add,
    addAll(anchor, second, thirds, count) {
      for (let i = 0; i < count; i++) add(anchor, second, thirds[i]!);
    },
    take() {
      group?.flush(keep);
      sample?.flush(columns.add);
      return columns.take();
    },
  };
}

/** Keeps a uniform sample of at most `size` of the rows that pass by. */
function reservoir(size: number, random: Random) {
  let rows: [number, number, number][] = [];
  let seen = 0;
  const add: AddRow = (a, b, c) => {
    seen += 1;
    if (seen <= size) {
      rows.push([a, b, c]);
      return;
    }
    const slot = random.int(seen);
    if (slot < size) rows[slot] = [a, b, c];
  };
  return {
    add,
    flush(pass: AddRow) {
      for (const [a, b, c] of rows) pass(a, b, c);
      rows = [];
      seen = 0;
    },
  };
}

/**
 * Columns that grow without copying. Rows in a row mostly share their first two values, so these are kept as
 * runs until the end: beside the result, a third of its size is held at most, and a sixth where 16 bits suffice.
 */
function growingColumns(candidates: number): RowCollector {
  const newChunk = (length: number) =>
    candidates <= 2 ** 16 ? new Uint16Array(unfilled(2 * length)) : column(length);
  const runs = { firsts: [] as number[], seconds: [] as number[], lengths: [] as number[] };
  let run = -1;
  const extend = (first: number, second: number, count: number) => {
    if (run === -1 || runs.firsts[run] !== first || runs.seconds[run] !== second) {
      run = runs.firsts.push(first) - 1;
      runs.seconds.push(second);
      runs.lengths.push(0);
    }
    runs.lengths[run]! += count;
  };
  const chunks: (Uint16Array | Int32Array)[] = [];
  let chunk = newChunk(256);
  let used = 0;
  let length = 0;
  const grow = () => {
    chunks.push(chunk.subarray(0, used));
    length += used;
    used = 0;
    chunk = newChunk(Math.min(chunk.length * 2, 2 ** 20));
  };
  return {
    add(first, second, third) {
      extend(first, second, 1);
      if (used === chunk.length) grow();
      chunk[used++] = third;
    },
    addAll(first, second, thirds, count) {
      if (count > 0) extend(first, second, count);
      for (let from = 0; from < count;) {
        if (used === chunk.length) grow();
        const to = Math.min(count, from + chunk.length - used);
        chunk.set(thirds.subarray(from, to), used);
        used += to - from;
        from = to;
      }
    },
    take() {
      grow();
      const [a, b, c] = [column(length), column(length), column(length)];
      let at = 0;
      runs.lengths.forEach((count, i) => {
        a.fill(runs.firsts[i]!, at, at + count);
        b.fill(runs.seconds[i]!, at, at + count);
        at += count;
      });
      at = 0;
      for (const part of chunks) {
        c.set(part, at);
        at += part.length;
      }
      return [a, b, c];
    },
  };
}

const column = (length: number) => new Int32Array(unfilled(4 * length));

/** Memory of which every byte will be written; in Node zeros are not written before, which takes as long again. */
function unfilled(bytes: number): ArrayBuffer {
  return typeof Buffer === 'undefined' ? new ArrayBuffer(bytes) : Buffer.allocUnsafeSlow(bytes).buffer;
}
