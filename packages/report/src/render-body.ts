import { chartOf } from './chart-of.ts';
import { drawChart } from './draw-chart.ts';
import { escapeHtml } from './escape-html.ts';
import { renderImages } from './images-section.ts';
import { renderNotes } from './notes-section.ts';
import type { Report, ReportSection } from './report.ts';
import { renderSummary } from './summary-section.ts';
import { renderTable } from './table-section.ts';

/**
 * The content of a report's page, for a page of one's own that has `styleSheet`.
 *
 * @param report plain data; every text in it is escaped
 * @returns a header and a main element
 * @throws InvalidArgumentError where `renderReport` does
 */
export async function renderBody(report: Report): Promise<string> {
  const sections: string[] = [];
  for (const [index, section] of report.sections.entries()) {
    const { body, wide } = await renderSection(section, `c${index}`);
    const heading = escapeHtml(section.heading);
    sections.push(`<section${wide ? ' class="wide"' : ''}>\n<h2>${heading}</h2>\n${body}\n</section>`);
  }
  const subtitle = report.subtitle === undefined ? '' : `\n<p>${escapeHtml(report.subtitle)}</p>`;
  return `<header>
<h1>${escapeHtml(report.title)}</h1>${subtitle}
</header>
<main>
${sections.join('\n')}
</main>`;
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
