import { palette } from './palette.ts';

/** On a dark screen every colour that a chart was drawn in gives way to its dark twin. */
const darkCharts = Object.values(palette)
  .map(
    ({ light, dark }) =>
      `svg [fill="${light}"] { fill: ${dark}; } svg [stroke="${light}"] { stroke: ${dark}; }`,
  )
  .join('\n  ');

/** The report's whole style: readable on a phone, on paper, in light and in dark. */
export const styleSheet = `
:root { color-scheme: light; --ink: ${palette.ink.light}; --muted: ${palette.muted.light}; --line: ${palette.grid.light}; --page: #f6f8fa; --card: #ffffff; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
header, main { max-width: 1120px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 8px 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 8px; overflow-wrap: anywhere; }
header p { color: var(--muted); margin: 4px 0 0; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 16px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px; min-width: 0; }
section.wide { grid-column: 1 / -1; }
svg { display: block; width: 100%; max-width: 640px; height: auto; margin: 0 auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--muted); font-weight: 600; }
tbody th { font-weight: 500; }
.summary th { color: var(--muted); }
.summary td { overflow-wrap: anywhere; }
.number { text-align: right; }
section > p { margin: 0 0 8px; max-width: 75ch; white-space: pre-line; overflow-wrap: anywhere; }
.strips { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 16px; }
.strips li { border: 1px solid var(--line); border-radius: 6px; padding: 8px; max-width: 100%; }
.strips li > p { margin: 0 0 4px; font-size: 0.9rem; }
.strip { display: flex; flex-wrap: wrap; gap: 8px; }
figure { margin: 0; width: 96px; }
img { display: block; width: 96px; height: auto; border-radius: 4px; }
figcaption { font-size: 0.75rem; line-height: 1.3; color: var(--muted); overflow-wrap: anywhere; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: ${palette.ink.dark}; --muted: ${palette.muted.dark}; --line: ${palette.grid.dark}; --page: #0d1117; --card: #161b22; }
  ${darkCharts}
}
@media print {
  html { font-size: 12px; }
  body { background: none; font-size: 1rem; }
  header, main { max-width: none; padding: 0 0 12px; }
  main { grid-template-columns: 1fr 1fr; }
  section, .strips li { break-inside: avoid; }
  .scroll { overflow: visible; }
}
`;
