/**
 * The rows of each label.
 *
 * @returns the labels in order of first appearance, each with its rows ascending
 */
export function rowsByLabel(labels: ArrayLike<number>): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const list = rows.get(labels[row]!);
    if (list === undefined) rows.set(labels[row]!, [row]);
    else list.push(row);
  }
  return rows;
}
