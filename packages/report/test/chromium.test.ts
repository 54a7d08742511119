import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderReport, type ReportSection } from '../src/index.ts';

const executablePath = process.env['FT_CHROMIUM'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

let browser: Browser | undefined;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-report-'));
  if (!missing) browser = await launch({ executablePath, args: ['--no-sandbox'], timeout: 60_000 });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await rm(home, { recursive: true });
});

const band = { far: [0.01, 0.1, 1], low: [0.5, 0.8, 1], high: [0.7, 1, 1] };
const curve = { name: 'net', far: [0, 0.01, 0.1, 1], tar: [0.4, 0.6, 0.9, 1], band };
const sections: ReportSection[] = [
  { kind: 'summary', heading: 'Result', entries: { accuracy: 0.9 } },
  { kind: 'roc', heading: 'ROC', scale: 'log', curves: [curve] },
  { kind: 'det', heading: 'DET', curves: [curve] },
  { kind: 'histogram', heading: 'Distances', same: [0.1, 0.2, 0.2], different: [0.5, 0.7], threshold: 0.4 },
  {
    kind: 'table',
    heading: 'Wide',
    columns: Array.from({ length: 30 }, (_, i) => `column ${i}`),
    rows: [Array.from({ length: 30 }, (_, i) => i / 7)],
  },
];

test.skipIf(missing)(
  'Chromium (skipped where FT_CHROMIUM or /usr/bin/chromium is missing) opens a report without complaint',
  async () => {
    const file = join(home, 'report.html');
    await writeFile(file, await renderReport({ title: 'A-report-in-one-word-'.repeat(6), sections }));
    const page = await browser!.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    // A phone, a desktop, and paper: charts have a size, and nothing makes the page wider than its window.
    for (const [width, height] of [
      [360, 740],
      [1280, 900],
    ] as const) {
      await page.setViewport({ width, height });
      await page.goto(`file://${file}`);
      const { charts, overflow } = (await page.evaluate(`({
        charts: [...document.querySelectorAll('svg')].map((svg) => svg.getBoundingClientRect().height),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      })`)) as { charts: number[]; overflow: number };
      expect(charts).toHaveLength(3);
      expect(Math.min(...charts)).toBeGreaterThan(100);
      expect(overflow).toBe(0);
    }
    expect((await page.pdf()).length).toBeGreaterThan(5000);
    expect(complaints).toEqual([]);
  },
  90_000,
);
