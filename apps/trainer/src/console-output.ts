import { Presets, SingleBar } from 'cli-progress';

/** How a command speaks: to people on a terminal, to logs, or to programs as JSON lines. */
export interface Output {
  /** A sentence for people. */
  say(text: string): void;
  /** Something that happened, for programs: a JSON line with `event` and the fields. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void;
  /** A bar for work that may take more than two seconds. */
  progress(label: string): Progress;
}

export interface Progress {
  update(done: number, total: number, detail?: string): void;
  end(): void;
}

/** JSON lines on standard output, and nothing else. */
export function jsonOutput(): Output {
  return {
    say: () => {},
    event: (event, fields) => void process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`),
    progress: () => noProgress,
  };
}

const noProgress: Progress = { update: () => {}, end: () => {} };

/**
 * Sentences, with growing bars on a terminal and a line now and then elsewhere.
 *
 * @param quiet leaves out both of the latter
 */
export function humanOutput({ quiet = false } = {}): Output {
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    event: () => {},
    progress: (label) => (quiet ? noProgress : process.stdout.isTTY ? terminalBar(label) : logLines(label)),
  };
}

const PATIENCE_MS = 2000;

function terminalBar(label: string): Progress {
  // The clock may be set while a run goes on.
  const started = performance.now();
  let bar: SingleBar | undefined;
  return {
    update(done, total, detail = '') {
      // Quick work shows no bar at all.
      if (bar === undefined && (performance.now() - started < PATIENCE_MS / 4 || done >= total)) return;
      if (bar === undefined) {
        const format = `${label} {bar} {percentage}% | ETA {eta_formatted} | {detail}`;
        bar = new SingleBar(
          { format, hideCursor: true, stream: process.stdout, etaBuffer: 50 },
          Presets.shades_classic,
        );
        bar.start(total, done, { detail });
      }
      bar.setTotal(total);
      bar.update(done, { detail });
    },
    end: () => bar?.stop(),
  };
}

function logLines(label: string): Progress {
  let last = performance.now();
  /** A run that goes on has begun with some of it done. */
  let first: { readonly done: number; readonly time: number } | undefined;
  return {
    update(done, total, detail = '') {
      const now = performance.now();
      first ??= { done, time: now };
      if (now - last < 5 * PATIENCE_MS || done === first.done) return;
      last = now;
      const each = (now - first.time) / (done - first.done);
      const seconds = Math.round((each * (total - done)) / 1000);
      process.stdout.write(`${label} ${done}/${total}, about ${seconds} s to go${detail && `, ${detail}`}\n`);
    },
    end: () => {},
  };
}
