import { escapeHtml } from './escape-html.ts';
import { palette, seriesColors } from './palette.ts';

/** An axis of a chart. Bounds that are left out follow the data. */
export interface Axis {
  readonly label: string;
  readonly scale?: 'linear' | 'log';
  readonly min?: number;
  readonly max?: number;
}

/** A line of a chart. Points whose x or y is not finite leave a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dash?: 'solid' | 'dashed' | 'dotted';
  readonly color?: string;
  /**
   * `'steps'` draws a staircase and fills the area below it: each point's y holds until the next point's x.
   * `'points'` draws no line. `'line'` by default.
   */
  readonly shape?: 'line' | 'steps' | 'points';
  /** Shades the space between two curves over the same x, in the line's colour. */
  readonly band?: {
    readonly x: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
  /** Marks each point. */
  readonly markers?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

const width = 480;
const height = 310;
const dashes = ['solid', 'dashed', 'dotted'] as const;

/**
 * Draws a chart as an SVG element to be put into an HTML page, without scripts or styles of its own.
 *
 * @param chart what to draw
 * @param id unique within the page, prefixed to every id inside
 */
export async function drawChart(chart: Chart, id: string): Promise<string> {
  const { init } = await loadECharts();
  const canvas = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    canvas.setOption({
      animation: false,
      color: seriesColors,
      textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 12 },
      grid: {
        left: 8,
        right: 18,
        top: 28 * legendRows(chart),
        bottom: 0,
        outerBoundsMode: 'same',
        outerBoundsContain: 'all',
      },
      legend: {
        show: chart.lines.length > 1,
        data: chart.lines.map(({ name }) => name),
        top: 0,
        left: 'center',
        itemGap: 14,
        // The line tells a series apart; a marker on it only blurs the dashes.
        ...(scattered(chart)
          ? { itemWidth: 10, itemHeight: 10 }
          : { itemWidth: 28, itemHeight: 8, itemStyle: { opacity: 0 } }),
        textStyle: { color: palette.ink.light, fontSize: 12 },
      },
      xAxis: axisOption(chart.x, { nameLocation: 'middle', nameGap: 26 }),
      yAxis: axisOption(chart.y, { nameLocation: 'end', nameGap: 10 }),
      series: [...chart.lines.flatMap(bandOptions), ...chart.lines.map(seriesOption)],
    });
    return tidy(canvas.renderToSVGString(), id, chart.title);
  } finally {
    canvas.dispose();
  }
}

function scattered(chart: Chart): boolean {
  return chart.lines.some(({ shape }) => shape === 'points');
}

/** Rows that the legend takes, by a guess of 7 units a letter and the room for a sample and a gap. */
function legendRows(chart: Chart): number {
  let rows = 1;
  let used = 0;
  for (const { name } of chart.lines) {
    const needed = 7 * name.length + (scattered(chart) ? 30 : 48);
    if (used > 0 && used + needed > width) {
      rows++;
      used = 0;
    }
    used += needed;
  }
  return rows;
}

function seriesOption(line: Line, index: number) {
  const color = line.color ?? seriesColors[index % seriesColors.length]!;
  const shared = {
    name: line.name,
    data: line.points.map(([x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? [x, y] : ['-', '-'])),
  };
  if (line.shape === 'points') {
    // Six shapes for six colours, so that groups can be told apart without colour.
    const symbol = ['circle', 'triangle', 'rect', 'diamond', 'arrow', 'roundRect'][index % 6]!;
    return {
      ...shared,
      type: 'scatter' as const,
      symbol,
      symbolSize: 7,
      itemStyle: { color, opacity: 0.75 },
    };
  }
  return {
    ...shared,
    type: 'line' as const,
    sampling: 'minmax' as const,
    symbol: line.markers === true ? 'circle' : 'none',
    showSymbol: line.markers ?? false,
    symbolSize: 6,
    ...(line.shape === 'steps' && { step: 'end' as const, areaStyle: { opacity: 0.25 } }),
    itemStyle: { color },
    lineStyle: { width: 2, color, type: line.dash ?? dashes[index % dashes.length]! },
  };
}

/** ECharts has no bands: the lower curve and, stacked on it, the gap to the upper one, both without lines. */
function bandOptions({ band, color }: Line, index: number) {
  if (band === undefined) return [];
  const { x, low, high } = band;
  const shared = {
    type: 'line' as const,
    stack: `band ${index}`,
    symbol: 'none',
    lineStyle: { opacity: 0 },
  };
  const fill = color ?? seriesColors[index % seriesColors.length]!;
  return [
    { ...shared, name: `low ${index}`, data: x.map((value, i) => [value, low[i]!]) },
    {
      ...shared,
      name: `band ${index}`,
      data: x.map((value, i) => [value, high[i]! - low[i]!]),
      areaStyle: { color: fill, opacity: 0.18 },
    },
  ];
}

function axisOption(axis: Axis, name: { nameLocation: 'middle' | 'end'; nameGap: number }) {
  return {
    type: axis.scale === 'log' ? ('log' as const) : ('value' as const),
    scale: true,
    name: axis.label,
    ...name,
    nameTextStyle: {
      color: palette.muted.light,
      align: name.nameLocation === 'end' ? ('left' as const) : ('center' as const),
    },
    ...(axis.min !== undefined && { min: axis.min }),
    ...(axis.max !== undefined && { max: axis.max }),
    axisLine: { show: true, onZero: false, lineStyle: { color: palette.muted.light } },
    axisLabel: {
      color: palette.muted.light,
      hideOverlap: true,
      // Powers of ten come with rounding errors.
      ...(axis.scale === 'log' && { formatter: (value: number) => String(Number(value.toPrecision(6))) }),
    },
    splitLine: { lineStyle: { color: palette.grid.light } },
  };
}

/** Takes out what serves interaction only, makes the ids unique and the size that of the page. */
function tidy(svg: string, id: string, title: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(
      /<svg [^>]*>/,
      `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">`,
    );
}

/** ECharts takes most of a second to load, so only a report with charts does. */
async function loadECharts() {
  const [core, { LineChart, ScatterChart }, { GridComponent, LegendComponent }, { SVGRenderer }] =
    await Promise.all([
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ]);
  core.use([LineChart, ScatterChart, GridComponent, LegendComponent, SVGRenderer]);
  return core;
}
