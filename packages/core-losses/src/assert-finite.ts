import * as tf from '@tensorflow/tfjs-core';
import { NonFiniteInputError } from './non-finite-input-error.ts';
import { readsOnHost } from './reads-on-host.ts';

/**
 * Throws where a matrix holds NaN or an infinity, and names the row or column that holds most of them.
 *
 * Costs one reduction and the reading of one number; needs a backend with synchronous reads.
 *
 * @param where the function that complains, e.g. `'tripletLoss'`
 * @param argument the argument's name, e.g. `'distances'`
 * @param matrix [rows, columns]
 * @throws NonFiniteInputError
 */
export function assertFinite(where: string, argument: string, matrix: tf.Tensor2D): void {
  // A sum is finite only where every term is; finite terms that overflow are told apart below.
  const total = readsOnHost()
    ? sumOf(matrix.dataSync() as Float32Array)
    : tf.tidy(() => tf.sum(matrix).dataSync()[0]!);
  if (Number.isFinite(total)) return;
  const [rows, columns] = matrix.shape;
  const data = matrix.dataSync();
  const inRow = new Int32Array(rows);
  const inColumn = new Int32Array(columns);
  let bad = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (Number.isFinite(data[row * columns + column]!)) continue;
      inRow[row]!++;
      inColumn[column]!++;
      bad++;
    }
  }
  if (bad === 0) return;
  const row = indexOfMaximum(inRow);
  const column = indexOfMaximum(inColumn);
  // One broken candidate spoils a column of a distance matrix, one broken anchor a row; in a matrix of a batch
  // with itself both happen, and the row is named.
  const byRow = inRow[row]! / columns >= inColumn[column]! / rows || inRow[row]! >= inColumn[column]!;
  throw new NonFiniteInputError(where, argument, byRow ? { row, column: -1 } : { row: -1, column }, bad);
}

/** Four sums at once, none of which waits for another. */
function sumOf(numbers: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const rest = numbers.length & 3;
  for (let i = 0; i < rest; i++) a += numbers[i]!;
  for (let i = rest; i < numbers.length; i += 4) {
    a += numbers[i]!;
    b += numbers[i + 1]!;
    c += numbers[i + 2]!;
    d += numbers[i + 3]!;
  }
  return a + b + c + d;
}

function indexOfMaximum(values: Int32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
