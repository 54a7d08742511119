import { renderCell, type Cell } from './cell.ts';
import { escapeHtml } from './escape-html.ts';

/** Names and values, one a line: the options of a run, its headline numbers. */
export interface SummarySection {
  readonly kind: 'summary';
  readonly heading: string;
  readonly entries: Readonly<Record<string, Cell>>;
}

export function renderSummary({ entries }: SummarySection): string {
  const rows = Object.entries(entries).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${renderCell(value)}</td></tr>`,
  );
  return `<div class="scroll"><table class="summary"><tbody>${rows.join('')}</tbody></table></div>`;
}
