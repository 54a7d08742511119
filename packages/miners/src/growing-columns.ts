/** Three columns of integers that grow together. */
export interface GrowingColumns {
  length(): number;
  push(a: number, b: number, c: number): void;
  get(column: 0 | 1 | 2, row: number): number;
  set(row: number, a: number, b: number, c: number): void;
  clear(): void;
  /** The columns, cut to length. */
  take(): [Int32Array, Int32Array, Int32Array];
}

export function growingColumns(): GrowingColumns {
  let capacity = 256;
  let columns = [0, 1, 2].map(() => new Int32Array(capacity)) as [Int32Array, Int32Array, Int32Array];
  let length = 0;
  const set = (row: number, a: number, b: number, c: number) => {
    columns[0][row] = a;
    columns[1][row] = b;
    columns[2][row] = c;
  };
  return {
    length: () => length,
    push(a, b, c) {
      if (length === capacity) {
        capacity *= 2;
        columns = columns.map((column) => {
          const larger = new Int32Array(capacity);
          larger.set(column);
          return larger;
        }) as typeof columns;
      }
      set(length, a, b, c);
      length += 1;
    },
    get: (column, row) => columns[column][row]!,
    set,
    clear() {
      length = 0;
    },
    take: () => columns.map((column) => column.slice(0, length)) as typeof columns,
  };
}
