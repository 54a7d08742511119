import type { EmbeddingTable } from './embedding-table.ts';

/** A table of some rows of another, in the order given. */
export function selectRows(table: EmbeddingTable, rows: ArrayLike<number>): EmbeddingTable {
  const { dimension, values, squares } = table;
  const selected = new Float64Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimension;
    selected.set(values.subarray(start, start + dimension), i * dimension);
  }
  return {
    ...table,
    count: rows.length,
    values: selected,
    squares: Float64Array.from(rows, (row) => squares[row]!),
  };
}
