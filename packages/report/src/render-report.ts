import { chartOf } from './chart-of.ts';
import { drawChart } from './draw-chart.ts';
import { escapeHtml } from './escape-html.ts';
import { renderImages } from './images-section.ts';
import { renderNotes } from './notes-section.ts';
import type { Report, ReportSection } from './report.ts';
import { styleSheet } from './style-sheet.ts';
import { renderSummary } from './summary-section.ts';
import { renderTable } from './table-section.ts';

/**
 * A report as one HTML file: charts and pictures inside, no scripts, nothing fetched, for screen, phone and
 * paper, light and dark. The same data give the same bytes.
 *
 * @param report plain data; every text in it is escaped
 * @returns the file's text, in UTF-8 when written
 * @throws InvalidArgumentError where a section is of an unknown kind, a table row has a cell too many or too
 *   few, columns differ in length, or a picture is not a PNG or JPEG data URI
 */
export async function renderReport(report: Report): Promise<string> {
  const sections: string[] = [];
  for (const [index, section] of report.sections.entries()) {
    const { body, wide } = await renderSection(section, `c${index}`);
    const heading = escapeHtml(section.heading);
    sections.push(`<section${wide ? ' class="wide"' : ''}>\n<h2>${heading}</h2>\n${body}\n</section>`);
  }
  const title = escapeHtml(report.title);
  const subtitle = report.subtitle === undefined ? '' : `\n<p>${escapeHtml(report.subtitle)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${styleSheet}</style>
</head>
<body>
<header>
<h1>${title}</h1>${subtitle}
</header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

async function renderSection(section: ReportSection, id: string): Promise<{ body: string; wide: boolean }> {
  switch (section.kind) {
    case 'summary':
      return { body: renderSummary(section), wide: false };
    case 'table':
      return { body: renderTable(section), wide: true };
    case 'images':
      return { body: renderImages(section), wide: true };
    case 'notes':
      return { body: renderNotes(section), wide: true };
    default:
      return { body: await drawChart(chartOf(section), id), wide: false };
  }
}
