import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveLivePage } from '../src/live-page.ts';
import { runDirectory, type RunDirectory } from '../src/run-directory.ts';

const executablePath = process.env['FT_CHROMIUM'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

let browser: Browser | undefined;
let home: string;
let directory: RunDirectory;
const summary = { accuracy: 0.8125, start: { accuracy: 0.6 }, auc: 0.9, imagesSeen: 3200, trainSeconds: 32 };
let finished = false;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-live-'));
  directory = {
    path: home,
    name: '<b>first</b>',
    metrics: join(home, 'metrics.jsonl'),
    readJson: async () => (finished ? summary : undefined),
  } as unknown as RunDirectory;
  if (!missing) browser = await launch({ executablePath, args: ['--no-sandbox'], timeout: 60_000 });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await rm(home, { recursive: true });
});

const line = (step: number) =>
  `${JSON.stringify({
    step,
    epoch: 1,
    loss: 1 / step,
    mined: 10 * step,
    positiveDistance: 0.4,
    negativeDistance: null,
    spread: 0.9,
    effectiveRank: 12,
    time: { step: 100, data: 1, mining: 2 },
  })}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');

test.skipIf(missing)(
  'Chromium (skipped where FT_CHROMIUM or /usr/bin/chromium is missing) follows a run to its end',
  async () => {
    const live = await serveLivePage(directory, 0);
    const page = await browser!.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    const shows = (text: string) =>
      page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(text)})`, { timeout: 30_000 });
    await page.goto(live.url);
    // Nothing is there yet: charts without points.
    await shows('ft run <b>first</b>');
    await writeFile(directory.metrics, lines(1, 40) + line(41).slice(0, 20));
    await shows('Step\t40');
    expect(await page.$$eval('svg', (charts) => charts.length)).toBe(5);
    const drawn = await page.$$eval('svg path[stroke="#0072b2"]', (paths) => paths.length);
    expect(drawn).toBeGreaterThanOrEqual(5);
    await appendFile(directory.metrics, `${line(41).slice(20)}${line(42)}`);
    await shows('Step\t42');
    // Killed, and resumed from an older checkpoint.
    await truncate(directory.metrics, Buffer.byteLength(lines(1, 25)));
    await shows('Step\t25');
    if (process.env['FT_SCREENSHOT'] !== undefined) {
      await page.screenshot({ path: process.env['FT_SCREENSHOT'] as `${string}.png`, fullPage: true });
    }
    await appendFile(directory.metrics, lines(26, 30));
    finished = true;
    await live.close();
    await shows('Step\t30');
    await shows('0.8125');
    expect(complaints).toEqual([]);
  },
  120_000,
);

test('is for this machine alone', async () => {
  const live = await serveLivePage(directory, 0);
  const status = (path: string, host?: string) =>
    new Promise((resolve) => {
      get(new URL(path, live.url), host === undefined ? {} : { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
  expect(live.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await status('/')).toBe(200);
  expect(await status('/', 'evil.example')).toBe(403);
  expect(await status('/../config.json')).toBe(404);
  await expect(serveLivePage(directory, Number(new URL(live.url).port))).rejects.toThrow(
    /cannot be served on port \d+ \(EADDRINUSE\)/,
  );
  await live.close();
});

test('a run over ten folds shows the fold in training and what the others reached', async () => {
  const run = runDirectory(join(home, 'ten-folds'));
  const fold = async (number: number, steps: number) => {
    const place = runDirectory(join(run.path, `fold-0${number}`));
    await mkdir(place.path, { recursive: true });
    await writeFile(place.metrics, lines(1, steps));
    return place;
  };
  const first = await fold(1, 7);
  const live = await serveLivePage(run, 0);
  const bodies: string[] = [];
  const watching = get(new URL('/events', live.url), (response) => {
    response.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
  });
  const shows = (...texts: string[]) =>
    expect
      .poll(() => texts.filter((text) => !bodies.at(-1)?.includes(text)), { timeout: 20_000 })
      .toEqual([]);
  await shows('training fold 1');
  expect(bodies.join('')).not.toContain('Folds that have ended');
  await first.writeJson('summary.json', { ...summary, accuracy: 0.7654 });
  await shows('Folds that have ended', '0.7654');
  await fold(2, 3);
  await shows('training fold 2', '0.7654');
  await appendFile(join(run.path, 'fold-02/metrics.jsonl'), lines(4, 5));
  await run.writeJson('summary.json', { ...summary, accuracy: 0.8421 });
  await live.close();
  await shows('finished', '0.8421', '0.7654');
  watching.destroy();
}, 60_000);
