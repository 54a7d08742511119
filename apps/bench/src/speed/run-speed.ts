import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { EngineName } from '@ft/engine';
import { isGpu } from './is-gpu.ts';
import { goalOf, reaches, type Goal } from './goals.ts';
import { measureCase, type Measured, type MeasureOptions } from './measure-case.ts';
import { caseId, type Side, type SpeedCase } from './speed-case.ts';
import { startWorker, WorkerFailedError, type RemoteOperation, type Worker } from './start-worker.ts';

/** A row of the table with its figures. */
export interface SpeedRow extends Measured {
  readonly group: string;
  readonly name: string;
  /** What it was compared with, in words. */
  readonly beside?: string;
  readonly items?: number;
  /** The figures are shares of a step's time, not milliseconds. */
  readonly isShare?: boolean;
  readonly goal?: Goal;
  /** Absent without a goal, or where the other side was not measured. */
  readonly reached?: boolean;
}

export interface SpeedResult {
  readonly format: 'ft-bench-speed-1';
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly platform: string;
    /** Processes that wanted a core while it began, on average over a minute. Above 1, others were at work. */
    readonly load: number;
  };
  readonly threads: number;
  /** Versions of our side, its engine included, and of the peer's. */
  readonly versions: Readonly<Record<string, string>>;
  readonly peers: Readonly<Record<string, string>>;
  readonly rows: readonly SpeedRow[];
  /** Why something was not measured, one sentence each. */
  readonly notes: readonly string[];
}

export interface RunSpeedOptions extends MeasureOptions {
  readonly cases: readonly SpeedCase[];
  /** The engine of our side; the fastest there is by default. */
  readonly engine?: EngineName;
  /** Undefined: no peers. */
  readonly python?: string;
  /** Processor threads of each side. */
  readonly threads: number;
  /** How long one run of the peer may take; ours may take six times as long before it counts as stuck. */
  readonly limitSeconds: number;
  /** The script of this program, which is started again for our side, and that of the peer's worker. */
  readonly scripts: { readonly ours: string; readonly peer: string };
  readonly onRow?: (row: SpeedRow, done: number, total: number) => void;
}

/** Measures every case, one after another. A case that cannot be measured leaves a note. */
export async function runSpeed(options: RunSpeedOptions): Promise<SpeedResult> {
  const { cases, threads } = options;
  const load = loadavg()[0]!;
  const workers = workerPool(options);
  const notes = new Set<string>();
  const rows: SpeedRow[] = [];
  try {
    const ours = await workers.of({ worker: 'ours' });
    for (const [index, speedCase] of cases.entries()) {
      const row = await measureRow(speedCase, workers, options, notes);
      if (row === undefined) continue;
      rows.push(row);
      options.onRow?.(row, index + 1, cases.length);
    }
    return {
      format: 'ft-bench-speed-1',
      date: new Date().toISOString(),
      machine: {
        processor: cpus()[0]?.model.trim() ?? process.arch,
        cores: availableParallelism(),
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        platform: `${process.platform} ${process.arch}`,
        load: Number(load.toFixed(2)),
      },
      threads,
      versions: ours.versions,
      peers: workers.peerVersions(),
      rows,
      notes: [...notes],
    };
  } finally {
    workers.stop();
  }
}

async function measureRow(
  speedCase: SpeedCase,
  workers: WorkerPool,
  options: MeasureOptions,
  notes: Set<string>,
): Promise<SpeedRow | undefined> {
  const { group, name, operation, parameters, against, by = { worker: 'ours' }, items, isShare } = speedCase;
  const id = caseId(speedCase);
  const open: RemoteOperation[] = [];
  const prepare = async (side: Side, what: string, given: SpeedCase['parameters']) => {
    const worker = await workers.of(side);
    const made = await worker.prepare(what, given);
    open.push(made);
    return made;
  };
  try {
    let peer: RemoteOperation | undefined;
    if (against !== undefined) {
      try {
        peer = await prepare(against, against.operation ?? operation, against.parameters ?? parameters);
      } catch (error) {
        if (!WorkerFailedError.isInstance(error)) throw error;
        notes.add(against.worker === 'peer' ? error.message : `${id}: ${error.message}`);
      }
    }
    const ours = await prepare(by, operation, parameters);
    const reference = await prepare(by, 'reference', {});
    const how = { ...options, once: isShare === true };
    const measured = await measureCase(ours, peer, reference, how).catch((error: unknown) => {
      if (peer === undefined || !WorkerFailedError.isInstance(error)) throw error;
      notes.add(`${id}: ${error.message}`);
      peer = undefined;
      return measureCase(ours, undefined, reference, how);
    });
    const wanted = goalOf(id);
    // A row that has no other side cannot have a ratio.
    const goal = wanted?.kind === 'ratio' && against === undefined ? undefined : wanted;
    const figures = {
      ms: measured.ours.ms,
      ...(measured.ratio === undefined ? {} : { ratio: measured.ratio }),
      ...(items === undefined ? {} : { items }),
    };
    const reached = reaches(goal, figures);
    return {
      group,
      name,
      ...(against === undefined || peer === undefined ? {} : { beside: describeSide(against) }),
      ...(items === undefined ? {} : { items }),
      ...(isShare === undefined ? {} : { isShare }),
      ...(goal === undefined ? {} : { goal }),
      ...(reached === undefined ? {} : { reached }),
      ...measured,
    };
  } catch (error) {
    if (!WorkerFailedError.isInstance(error)) throw error;
    notes.add(`${id}: ${error.message}`);
    return undefined;
  } finally {
    for (const made of open) await made.close().catch(() => {});
  }
}

const OWN_PATIENCE = 6;

interface WorkerPool {
  /** @throws WorkerFailedError where it cannot be started; asked again, it says so again without a new attempt */
  of(side: Side): Promise<Worker>;
  peerVersions(): Readonly<Record<string, string>>;
  stop(): void;
}

function workerPool({ engine, python, threads, scripts, limitSeconds }: RunSpeedOptions): WorkerPool {
  const started = new Map<string, Promise<Worker>>();
  const ready: Worker[] = [];
  let peers: Readonly<Record<string, string>> = {};
  const env = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...(isGpu(engine) ? { FT_BENCH_DEVICE: 'cuda' } : {}),
  };
  const start = async (side: Side): Promise<Worker> => {
    if (side.worker === 'peer') {
      if (python === undefined) throw new WorkerFailedError('The peers are switched off.');
      const worker = await startWorker('The peer', python, [scripts.peer], { env, limitSeconds });
      peers = worker.versions;
      ready.push(worker);
      return worker;
    }
    const args = [
      scripts.ours,
      'serve-operations',
      ...(side.worker === 'other'
        ? ['--engine', side.engine, ...(side.accelerate ? [] : ['--as-it-comes'])]
        : engine === undefined
          ? []
          : ['--engine', engine]),
    ];
    const worker = await startWorker(`The worker of ${describeSide(side)}`, process.execPath, args, {
      env,
      limitSeconds: OWN_PATIENCE * limitSeconds,
    });
    ready.push(worker);
    return worker;
  };
  return {
    async of(side) {
      const key = JSON.stringify({
        ...side,
        library: undefined,
        operation: undefined,
        parameters: undefined,
      });
      const earlier = started.get(key);
      // One that was ended because it took too long is started again for the next row.
      if (earlier !== undefined && (await earlier.then((worker) => worker.alive()))) return earlier;
      const worker = start(side);
      worker.catch(() => {});
      started.set(key, worker);
      return worker;
    },
    peerVersions: () => peers,
    stop: () => ready.forEach((worker) => worker.stop()),
  };
}

function describeSide(side: Side): string {
  switch (side.worker) {
    case 'ours':
      return 'ft';
    case 'peer':
      return side.library;
    case 'other':
      return `${side.engine}${side.accelerate || side.engine === 'wasm' ? '' : ' as it comes'}`;
  }
}
