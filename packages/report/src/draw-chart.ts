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
  /** Draws a staircase and fills the area below it: each point's y holds until the next point's x. */
  readonly steps?: boolean;
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
      grid: { left: 8, right: 18, top: 28, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      legend: {
        show: chart.lines.length > 1,
        top: 0,
        left: 'center',
        itemWidth: 28,
        itemGap: 22,
        itemStyle: { opacity: 0 },
        itemHeight: 8,
        textStyle: { color: palette.ink.light, fontSize: 12 },
      },
      xAxis: axisOption(chart.x, { nameLocation: 'middle', nameGap: 26 }),
      yAxis: axisOption(chart.y, { nameLocation: 'end', nameGap: 10 }),
      series: chart.lines.map((line, index) => ({
        type: 'line' as const,
        name: line.name,
        data: line.points.map(([x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? [x, y] : ['-', '-'])),
        sampling: 'minmax' as const,
        symbol: line.markers === true ? 'circle' : 'none',
        showSymbol: line.markers ?? false,
        symbolSize: 6,
        ...(line.steps === true && { step: 'end' as const, areaStyle: { opacity: 0.25 } }),
        itemStyle: { color: line.color ?? seriesColors[index % seriesColors.length]! },
        lineStyle: { width: 2, type: line.dash ?? dashes[index % dashes.length]! },
      })),
    });
    return tidy(canvas.renderToSVGString(), id, chart.title);
  } finally {
    canvas.dispose();
  }
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
    axisLine: { show: true, lineStyle: { color: palette.muted.light } },
    axisLabel: { color: palette.muted.light, hideOverlap: true },
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
  const [core, { LineChart }, { GridComponent, LegendComponent }, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  core.use([LineChart, GridComponent, LegendComponent, SVGRenderer]);
  return core;
}
