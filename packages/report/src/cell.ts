import { escapeHtml } from './escape-html.ts';

/** A value in a table. Numbers are shown to four significant digits; give text where that is not wanted. */
export type Cell = string | number | boolean | null;

/** A cell's content as HTML. */
export function renderCell(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'string') return escapeHtml(cell);
  if (Number.isInteger(cell) && Math.abs(cell) < 1e15) return String(cell);
  return String(Number(cell.toPrecision(4)));
}
