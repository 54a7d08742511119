import type { Cell } from './cell.ts';
import { chartOf } from './chart-of.ts';
import type { ReportSection } from './report.ts';

/**
 * The numbers of a section as comma-separated values, with a header row, for a spreadsheet. Numbers keep all
 * their digits; a chart has one row a point.
 *
 * @returns lines that end in CR LF
 * @throws InvalidArgumentError where the section is not one that `renderReport` takes
 * @see RFC 4180
 */
export function sectionCsv(section: ReportSection): string {
  return rowsOf(section)
    .map((row) => `${row.map(field).join(',')}\r\n`)
    .join('');
}

function rowsOf(section: ReportSection): readonly (readonly Cell[])[] {
  switch (section.kind) {
    case 'summary':
      return [['name', 'value'], ...Object.entries(section.entries)];
    case 'table':
      return [section.columns, ...section.rows];
    case 'notes':
      return [['text'], [section.text]];
    case 'images':
      return [
        ['group', 'image'],
        ...section.groups.flatMap((group) =>
          group.images.map((image) => [group.caption ?? null, image.caption] as const),
        ),
      ];
    default: {
      const { x, y, lines } = chartOf(section);
      const points = lines.flatMap(({ name, points: of }) => of.map((point) => [name, ...point] as const));
      return [['series', x.label || 'x', y.label || 'y'], ...points];
    }
  }
}

function field(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
