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
    progress: () => ({ update: () => {}, end: () => {} }),
  };
}

/** Sentences, with growing bars on a terminal and a line now and then elsewhere. */
export function humanOutput(): Output {
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    event: () => {},
    progress: (label) => (process.stdout.isTTY ? terminalBar(label) : logLines(label)),
  };
}

const PATIENCE_MS = 2000;

function terminalBar(label: string): Progress {
  const started = Date.now();
  let bar: SingleBar | undefined;
  return {
    update(done, total, detail = '') {
      // Quick work shows no bar at all.
      if (bar === undefined && (Date.now() - started < PATIENCE_MS / 4 || done >= total)) return;
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
  const started = Date.now();
  let last = started;
  return {
    update(done, total, detail = '') {
      if (Date.now() - last < 5 * PATIENCE_MS) return;
      last = Date.now();
      const seconds = Math.round((((last - started) / done) * (total - done)) / 1000);
      process.stdout.write(`${label} ${done}/${total}, about ${seconds} s to go${detail && `, ${detail}`}\n`);
    },
    end: () => {},
  };
}
