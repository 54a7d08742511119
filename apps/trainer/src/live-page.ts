import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FtError } from '@ft/errors';
import { renderBody, styleSheet, type ReportSection } from '@ft/report';
import type { StepRecord } from '@ft/training';
import { followLines } from './follow-lines.ts';
import { runDirectory, type RunDirectory } from './run-directory.ts';
import type { RunSummary } from './run-summary.ts';
import { curve, trainingSections } from './training-sections.ts';
import type { View2Summary } from './view2-run.ts';

/** The page cannot be served. */
class LivePageError extends FtError {
  static override readonly code: string = 'FT_LIVE_PAGE';
}

/** A page that follows a run. */
export interface LivePage {
  readonly url: string;
  /** Sends the last state to whoever watches, and stops. */
  close(): Promise<void>;
}

/** How often a run's files are looked at while somebody watches. */
const LOOK_EVERY_MS = 1000;

const script = `
const events = new EventSource('events');
events.onmessage = ({ data }) => { document.getElementById('run').innerHTML = JSON.parse(data); };
events.addEventListener('end', () => events.close());
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ft run</title>
<link rel="icon" href="data:,">
<style>${styleSheet}</style>
</head>
<body>
<div id="run"><header><h1>Waiting for the first step</h1></header></div>
<script>${script}</script>
</body>
</html>
`;

const scriptHash = createHash('sha256').update(script).digest('base64');
const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; connect-src 'self'; script-src 'sha256-${scriptHash}'`;

/**
 * Serves a page with the charts of a run to this machine alone. It follows the run's files, so it shows a run that goes
 * on, one that was resumed and one that has ended alike, and costs nothing while nobody watches. Of a run over the ten
 * folds of View 2 it shows the fold that is in training, and what those before it reached.
 *
 * @param port 0 takes any free one
 * @throws LivePageError where the port is taken
 */
export async function serveLivePage(directory: RunDirectory, port: number): Promise<LivePage> {
  let steps = followLines<StepRecord>(directory.metrics);
  let folds: readonly Fold[] = [];
  const watchers = new Set<ServerResponse>();
  let shown = '';

  const render = async () => {
    const summary = (await directory.readJson('summary.json')) as RunSummary | View2Summary | undefined;
    shown = `data: ${JSON.stringify(await renderBody(stateOf(directory.name, steps.records, summary, folds)))}\n\n`;
  };
  const look = async () => {
    const before = folds;
    folds = await foldsOf(directory);
    const current = folds.at(-1);
    if (current !== undefined && current.name !== before.at(-1)?.name) {
      steps = followLines(current.metrics);
    }
    if (!(await steps.refresh()) && endedOf(folds).length === endedOf(before).length) return;
    await render();
    for (const watcher of watchers) watcher.write(shown);
  };
  // One look at a time: a slow one is not overtaken by the next.
  let looking = Promise.resolve();
  const lookAgain = () => (looking = looking.then(look).catch(() => {}));
  const timer = setInterval(() => {
    if (watchers.size > 0) void lookAgain();
  }, LOOK_EVERY_MS).unref();

  const server = createServer(async (request, response) => {
    // A page elsewhere can name this address as its own host; only these names are this machine's.
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (host !== '127.0.0.1' && host !== 'localhost') {
      response.writeHead(403).end();
    } else if (request.url === '/') {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'cache-control': 'no-store',
      });
      response.end(page);
    } else if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      await lookAgain();
      await render();
      response.write(shown);
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    clearInterval(timer);
    throw new LivePageError(
      `The live page cannot be served on port ${port} (${cause.code}). Name another one with --port, or 0 for any.`,
      { cause },
    );
  });
  // Watching does not keep a finished run from ending.
  server.unref();
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}/`,
    async close() {
      clearInterval(timer);
      await lookAgain();
      await render();
      for (const watcher of watchers) watcher.end(`${shown}event: end\ndata:\n\n`);
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** One of the ten folds of View 2. */
interface Fold {
  readonly name: string;
  readonly metrics: string;
  /** Once it has ended. */
  readonly summary: RunSummary | undefined;
}

/** The folds that a run has begun, in order; none where it is not over all of them. */
async function foldsOf(directory: RunDirectory): Promise<Fold[]> {
  const names = (await readdir(directory.path)).filter((name) => /^fold-\d+$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { metrics, readJson } = runDirectory(join(directory.path, name));
      return { name, metrics, summary: (await readJson('summary.json')) as RunSummary | undefined };
    }),
  );
}

function endedOf(folds: readonly Fold[]) {
  return folds.flatMap(({ summary }, i) => (summary === undefined ? [] : [{ ...summary, fold: i + 1 }]));
}

function stateOf(
  name: string,
  records: readonly StepRecord[],
  summary: RunSummary | View2Summary | undefined,
  folds: readonly Fold[],
) {
  const last = records.at(-1);
  const ended = endedOf(folds);
  const sections: ReportSection[] = [
    {
      kind: 'summary',
      heading: summary === undefined ? 'Now' : 'Result',
      entries: {
        ...(folds.length > 0 && { Fold: folds.length }),
        Step: last?.step ?? 0,
        Epoch: last?.epoch ?? 0,
        Loss: last?.loss ?? null,
        'Mined tuples': last?.mined ?? null,
        ...(summary !== undefined && {
          'Accuracy after training': summary.accuracy,
          'Accuracy before training': summary.start.accuracy,
          'Area under ROC': summary.auc,
          'Images a second': Math.round(summary.imagesSeen / summary.trainSeconds),
        }),
      },
    },
    ...(ended.length === 0
      ? []
      : [
          {
            kind: 'table' as const,
            heading: 'Folds that have ended',
            columns: ['fold', 'accuracy', 'before training', 'area under ROC'],
            rows: ended.map(({ fold, accuracy, start, auc }) => [fold, accuracy, start.accuracy, auc]),
          },
        ]),
    ...trainingSections(records),
    curve('Effective rank', 'directions filled', records, { 'of a batch': (record) => record.effectiveRank }),
    curve('Time', 'milliseconds', records, {
      step: ({ time }) => time.step,
      mining: ({ time }) => time.mining,
      'waiting for images': ({ time }) => time.data,
    }),
  ];
  const subtitle =
    summary !== undefined ? 'finished' : folds.length > 0 ? `training fold ${folds.length}` : 'training';
  return { title: `ft run ${name}`, subtitle, sections };
}
