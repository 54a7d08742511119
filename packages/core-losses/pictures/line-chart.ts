/** One line of a chart. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [width, height] = [420, 250];
const plot = { left: 48, right: 404, top: 14, bottom: 190 };
const colors = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df'];

/** A chart of a few curves as the text of an SVG file. */
export function lineChart(chart: { xLabel: string; yLabel: string; curves: readonly Curve[] }): string {
  const all = chart.curves.flatMap(({ points }) => points);
  const [x0, x1] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const y1 = niceCeiling(Math.max(...all.map(([, y]) => y)));
  const toX = (x: number) => plot.left + ((x - x0) / (x1 - x0)) * (plot.right - plot.left);
  const toY = (y: number) => plot.bottom - (y / y1) * (plot.bottom - plot.top);
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const [x, y] = [x0 + part * (x1 - x0), part * y1];
    return [
      `<path class="grid" d="M${plot.left} ${toY(y)}H${plot.right}"/>`,
      text(plot.left - 6, toY(y) + 4, 'end', short(y)),
      text(toX(x), plot.bottom + 16, 'middle', short(x)),
    ];
  });
  const lines = chart.curves.flatMap(({ name, points }, i) => {
    const path = points.map(([x, y]) => `${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join('L');
    const column = plot.left + (i % 2) * 185;
    const row = plot.bottom + 50 + Math.floor(i / 2) * 14;
    return [
      `<path fill="none" stroke="${colors[i]}" stroke-width="2" d="M${path}"/>`,
      `<path stroke="${colors[i]}" stroke-width="2" d="M${column} ${row - 4}h16"/>`,
      text(column + 22, row, 'start', name),
    ];
  });
  const extra = Math.max(0, Math.ceil(chart.curves.length / 2) - 1) * 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + extra}" width="${width}" font-family="sans-serif" font-size="11">`,
    '<style>.grid{stroke:#8c959f;stroke-opacity:.35}text{fill:#57606a}</style>',
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...grid,
    text((plot.left + plot.right) / 2, plot.bottom + 32, 'middle', chart.xLabel),
    `<text transform="translate(11 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle">${chart.yLabel}</text>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}

function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  // A quarter of each has few digits.
  return unit * [1, 2, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= value)!;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
}
