import type { Random } from '@ft/miner-api';

/** Three columns of equal length. */
export type Columns = [Int32Array, Int32Array, Int32Array];

export type AddRow = (anchor: number, second: number, third: number) => void;

/** How many rows to keep at most. */
export interface RowLimits {
  readonly max?: number | undefined;
  readonly maxPerAnchor?: number | undefined;
}

/**
 * Gathers a miner's rows and applies the limits by reservoir sampling, so that memory never exceeds what is
 * kept. With `maxPerAnchor`, all rows of one anchor must be added in one go.
 *
 * @see Vitter, "Random sampling with a reservoir" (1985), algorithm R
 */
export function collectRows(limits: RowLimits, random: Random): { add: AddRow; take: () => Columns } {
  const columns = growingColumns();
  const sample = limits.max === undefined ? undefined : reservoir(limits.max, random);
  const keep = sample?.add ?? columns.push;
  if (limits.maxPerAnchor === undefined) return { add: keep, take };

  const group = reservoir(limits.maxPerAnchor, random);
  let current = -1;
  return {
    add(anchor, second, third) {
      if (anchor !== current) group.flush(keep);
      current = anchor;
      group.add(anchor, second, third);
    },
    take() {
      group.flush(keep);
      return take();
    },
  };

  function take() {
    sample?.flush(columns.push);
    return columns.take();
  }
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

/** Columns that grow by chunks: nothing is copied before the end, and then one column at a time. */
function growingColumns() {
  const chunks: (Int32Array[] | undefined)[] = [[], [], []];
  let size = 256;
  let [a, b, c] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  let used = 0;
  let length = 0;
  const grow = () => {
    [a, b, c].forEach((chunk, i) => chunks[i]!.push(chunk.subarray(0, used)));
    length += used;
    used = 0;
    size = Math.min(size * 2, 2 ** 20);
    [a, b, c] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  };
  const push: AddRow = (first, second, third) => {
    if (used === size) grow();
    a[used] = first;
    b[used] = second;
    c[used] = third;
    used += 1;
  };
  return {
    push,
    take(): Columns {
      grow();
      return [0, 1, 2].map((i) => {
        const column = new Int32Array(length);
        let at = 0;
        for (const chunk of chunks[i]!) {
          column.set(chunk, at);
          at += chunk.length;
        }
        chunks[i] = undefined;
        return column;
      }) as Columns;
    },
  };
}
