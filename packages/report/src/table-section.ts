import { InvalidArgumentError } from '@ft/errors';
import { renderCell, type Cell } from './cell.ts';
import { escapeHtml } from './escape-html.ts';

/** A table with a header row. The first column names the rows. */
export interface TableSection {
  readonly kind: 'table';
  readonly heading: string;
  readonly columns: readonly string[];
  /** Each row has one cell a column. */
  readonly rows: readonly (readonly Cell[])[];
}

export function renderTable({ heading, columns, rows }: TableSection): string {
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('');
  const body = rows.map((row, index) => {
    if (row.length !== columns.length) {
      throw new InvalidArgumentError({
        where: `renderReport, table "${heading}"`,
        argument: `rows[${index}]`,
        expected: `${columns.length} cells, one a column`,
        got: row,
      });
    }
    const cells = row.map((cell, column) => {
      if (column === 0) return `<th scope="row">${renderCell(cell)}</th>`;
      return `<td${typeof cell === 'number' ? ' class="number"' : ''}>${renderCell(cell)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
