import { escapeHtml } from './escape-html.ts';
import { renderBody } from './render-body.ts';
import type { Report } from './report.ts';
import { styleSheet } from './style-sheet.ts';

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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(report.title)}</title>
<style>${styleSheet}</style>
</head>
<body>
${await renderBody(report)}
</body>
</html>
`;
}
