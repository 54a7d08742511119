import { expect, test } from 'vitest';
import { renderReport, type Report, type ReportSection } from './index.ts';

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const hostile = `<script>alert("1")</script>&'`;
const steps = { label: 'step' };

/** One section of every kind, with a text that must not become markup wherever a text can stand. */
const everything: Report = {
  title: hostile,
  subtitle: hostile,
  sections: [
    {
      kind: 'summary',
      heading: hostile,
      entries: { [hostile]: hostile, accuracy: 0.98766, ok: true, none: null },
    },
    {
      kind: 'table',
      heading: 'folds',
      columns: ['fold', hostile],
      rows: [
        [0, 0.5],
        [hostile, null],
      ],
    },
    {
      kind: 'lines',
      heading: 'loss',
      x: { label: hostile },
      y: { label: 'loss' },
      series: [
        {
          name: hostile,
          points: [
            [0, 1],
            [1, Number.NaN],
            [2, 0.5],
          ],
        },
        { name: 'b', points: [] },
      ],
    },
    { kind: 'roc', heading: 'ROC', curves: [{ name: 'net', far: [0, 0.1, 1], tar: [0, 0.9, 1] }] },
    {
      kind: 'roc',
      heading: 'ROC',
      scale: 'log',
      curves: [{ name: 'net', far: [0, 0.001, 1], tar: [0.2, 0.9, 1] }],
    },
    { kind: 'det', heading: 'DET', curves: [{ name: hostile, far: [0, 0.1, 1], tar: [0, 0.9, 1] }] },
    { kind: 'cmc', heading: 'CMC', curves: [{ name: hostile, cmc: [0.8, 0.9, 1] }] },
    {
      kind: 'calibration',
      heading: 'reliability',
      curves: [{ name: hostile, bins: [{ meanProbability: 0.2, sameShare: 0.3 }] }],
    },
    {
      kind: 'points',
      heading: 'plane',
      groups: [
        { name: hostile, points: [[1, 2]] },
        { name: 'b', points: [] },
      ],
    },
    {
      kind: 'histogram',
      heading: 'scores',
      same: [1, 1, 1],
      different: Float32Array.of(1, 1),
      threshold: 1.5,
    },
    {
      kind: 'images',
      heading: 'mined',
      groups: [{ caption: hostile, images: [{ source: pixel, caption: hostile }] }],
    },
    { kind: 'notes', heading: 'notes', text: `${hostile}\n\nsecond` },
  ],
};

test('a report of every kind of section is one file without script, link or style from outside', async () => {
  const html = await renderReport(everything);
  expect(html).toMatch(/^<!doctype html>/);
  expect(html.match(/<svg /g)).toHaveLength(8);
  expect(html.match(/<section/g)).toHaveLength(12);
  expect(html).not.toMatch(/0999|<script|<link|<iframe|@import|href=|NaN|undefined|zr\d/);
  expect(html.replaceAll(/data:image[^"]*/g, '').match(/(?:https?:)?\/\/[a-z]/g)).toBeNull();
  expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
  expect(html).toContain('<td>0.9877</td>');
  expect(html).toContain('<p>second</p>');
});

test('the same data give the same bytes, and ids are unique', async () => {
  const html = await renderReport(everything);
  expect(await renderReport(everything)).toBe(html);
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a long series is thinned to what the picture can show, keeping its extremes', async () => {
  const points = Array.from({ length: 100_000 }, (_, i): [number, number] => [
    i,
    i === 50_001 ? 9 : Math.sin(i),
  ]);
  const section = { kind: 'lines', heading: 'loss', x: steps, y: steps } as const;
  const html = await renderReport({
    title: 't',
    sections: [{ ...section, series: [{ name: 'loss', points }] }],
  });
  expect(html.length).toBeLessThan(60_000);
  expect(html).toMatch(/>10<\/text>/);
});

/** Where the line of a colour is highest, in SVG units from the left. */
function peak(html: string, color: string): number {
  const path = html.match(new RegExp(`<path d="M([^"]*)"[^>]*stroke="${color}"`))![1]!;
  const points = path.split('L').map((pair) => pair.split(' ').map(Number) as [number, number]);
  return points.reduce((best, point) => (point[1] < best[1] ? point : best))[0];
}

test('a histogram draws near pairs left and far pairs right', async () => {
  const section = { kind: 'histogram', heading: 'h', same: [0, 0.1, 0.1], different: [0.9, 0.9, 1] } as const;
  const html = await renderReport({ title: 't', sections: [section] });
  expect(peak(html, '#0072b2')).toBeLessThan(peak(html, '#d55e00'));
});

test('a band is shaded between its two curves', async () => {
  const band = { far: [0.01, 0.1, 1], low: [0.2, 0.4, 1], high: [0.4, 0.8, 1] };
  const curves = [{ name: 'net', far: [0, 0.01, 1], tar: [0, 0.6, 1], band }];
  const html = await renderReport({
    title: 't',
    sections: [{ kind: 'roc', heading: 'r', curves, scale: 'log' }],
  });
  const path = html.match(/<path d="M([^"]*)Z" fill="#0072b2" fill-opacity="0.18"/)![1]!;
  const heights = path.split('L').map((pair) => Number(pair.split(' ')[1]));
  // Upper curve from left to right, then the lower one back: 0.8 is as far above 0.4 as 0.4 is above 0.
  const [upper0, upper1, top, lower1, lower0] = heights as [number, number, number, number, number];
  expect(lower1).toBeCloseTo(upper0, 0);
  expect(lower1 - upper1).toBeCloseTo(2 * (lower0 - upper0), 0);
  expect(top).toBeLessThan(upper1);
});

test('a DET curve falls from left to right', async () => {
  const curves = [{ name: 'net', far: [0, 0.01, 0.1, 1], tar: [0.5, 0.8, 0.95, 1] }];
  const html = await renderReport({ title: 't', sections: [{ kind: 'det', heading: 'd', curves }] });
  const path = html.match(/<path d="M([^"]*)"[^>]*stroke="#0072b2"/)![1]!;
  const points = path.split('L').map((pair) => pair.split(' ').map(Number) as [number, number]);
  expect(points).toHaveLength(2);
  expect(points[1]![0]).toBeGreaterThan(points[0]![0]);
  expect(points[1]![1]).toBeGreaterThan(points[0]![1]);
});

test('the band of a DET curve is that of the false rejects, down to where the axis ends', async () => {
  const band = { far: [0.01, 0.1, 1], low: [0.2, 0.9, 1], high: [0.6, 1, 1] };
  const curves = [{ name: 'net', far: [0, 0.01, 0.1, 1], tar: [0, 0.5, 0.99, 1], band }];
  const html = await renderReport({ title: 't', sections: [{ kind: 'det', heading: 'd', curves }] });
  const path = html.match(/<path d="M([^"]*)Z" fill="#0072b2" fill-opacity="0.18"/)![1]!;
  const points = path.split('L').map((pair) => pair.split(' ').map(Number) as [number, number]);
  const [upper0, upper1, lower1, lower0] = points.map(([, y]) => y) as [number, number, number, number];
  // On the logarithmic axis 0.8 is as far above 0.4 as 0.2 would be above 0.1, and 0.01 is its end.
  const decade = (lower1 - upper1) / 1;
  expect((lower0 - upper0) / decade).toBeCloseTo(Math.log10(0.8 / 0.4), 2);
  expect((upper1 - upper0) / decade).toBeCloseTo(Math.log10(0.8 / 0.1), 2);
});

test.each([
  [
    { kind: 'det', heading: 'x', curves: [{ name: 'n', far: [0], tar: [] }] },
    'tar of "n" must be of the length',
  ],
  [
    {
      kind: 'roc',
      heading: 'x',
      curves: [{ name: 'n', far: [], tar: [], band: { far: [1], low: [], high: [1] } }],
    },
    'low of "n" must be of the length of far, 1',
  ],
  [{ kind: 'pie', heading: 'x' }, "kind must be 'summary', 'table'"],
  [{ kind: 'table', heading: 'x', columns: ['a'], rows: [[1], [1, 2]] }, 'rows[1] must be 1 cells'],
  [
    { kind: 'roc', heading: 'x', curves: [{ name: 'n', far: [0], tar: [] }] },
    'tar of "n" must be of the length of far, 1',
  ],
  [{ kind: 'histogram', heading: 'x', same: [], different: [1] }, 'same must be at least one distance'],
  [{ kind: 'histogram', heading: 'x', same: [1], different: [Infinity] }, 'different must be at least one'],
  [
    { kind: 'images', heading: 'x', groups: [{ images: [{ source: 'face.jpg', caption: '' }] }] },
    'source must be a data URI of a PNG or JPEG picture in base64, got "face.jpg"',
  ],
  [
    { kind: 'images', heading: 'x', groups: [{ images: [{ source: `${pixel}" onload="x`, caption: '' }] }] },
    'source must be a data URI',
  ],
])('refuses %o', async (section, message) => {
  await expect(renderReport({ title: 't', sections: [section as ReportSection] })).rejects.toThrow(message);
});
