import { median, quantile, spread } from './quantile.ts';
import type { RemoteOperation } from './start-worker.ts';

/** What one side of a comparison took. */
interface SideTimes {
  /** Median of the samples, in milliseconds. */
  readonly ms: number;
  /** Half the interquartile range over the median. */
  readonly spread: number;
  /** Memory on top of what the process held before the first run; null where the system does not tell. */
  readonly peakBytes: number | null;
}

export interface Measured {
  readonly ours: SideTimes;
  readonly peer?: SideTimes;
  /** The peer's time over ours, median over the rounds: above 1 we are faster. */
  readonly ratio?: number;
  /** Our time over that of the reference workload of the same round: median and quartiles. */
  readonly relative: { readonly median: number; readonly low: number; readonly high: number };
  readonly rounds: number;
}

export interface MeasureOptions {
  /** Time to spend on samples, in seconds. */
  readonly seconds: number;
  /** Time to run each side before, in seconds: just-in-time compilers want many runs, as a training has. */
  readonly warmSeconds: number;
  /** Done even where samples take longer than that, but not where they take eight times as long. */
  readonly leastRounds: number;
  /** One run is a sample: what the operation gives is no time. */
  readonly once?: boolean;
}

/** A sample is at least this long, so that a clock's step and a single interruption do not decide. */
const SAMPLE_MS = 15;
const MOST_ROUNDS = 31;
/** The least number of rounds is given up where it takes so many times as long as a row should. */
const PATIENCE = 8;

/**
 * Times the same work of both sides in turns, so that what slows the machine down slows both.
 *
 * Each round runs the reference workload, then the two sides, the first one alternating.
 */
export async function measureCase(
  ours: RemoteOperation,
  peer: RemoteOperation | undefined,
  reference: RemoteOperation,
  { seconds, warmSeconds, leastRounds, once = false }: MeasureOptions,
): Promise<Measured> {
  const sides = [await begin(ours, once, warmSeconds)];
  if (peer !== undefined) sides.push(await begin(peer, once, warmSeconds));
  const relatives: number[] = [];
  const ratios: number[] = [];
  const end = performance.now() + 1000 * seconds;
  let round = 0;
  const latest = performance.now() + PATIENCE * 1000 * seconds;
  while (
    round === 0 ||
    (round < leastRounds && performance.now() < latest) ||
    (performance.now() < end && round < MOST_ROUNDS)
  ) {
    const workload = await reference.run(3);
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const side of order) {
      const ms = await side.operation.run(side.times);
      side.samples.push(ms);
      // The first runs are slow: a compiler of hot code is still to come. The sample is not to shrink with it.
      if (!once) side.times = timesOf(ms);
    }
    const [our, other] = sides.map(({ samples }) => samples.at(-1)!);
    relatives.push(our! / workload);
    if (other !== undefined) ratios.push(other / our!);
    round += 1;
  }
  const [our, other] = sides.map(({ samples, peakBytes }) => ({
    ms: median(samples),
    spread: spread(samples),
    peakBytes,
  }));
  return {
    ours: our!,
    ...(other === undefined ? {} : { peer: other, ratio: median(ratios) }),
    relative: { median: median(relatives), low: quantile(relatives, 0.25), high: quantile(relatives, 0.75) },
    rounds: round,
  };
}

/** The first run, whose memory counts, runs until the code is warm, and how often to run in a sample. */
async function begin(operation: RemoteOperation, once: boolean, warmSeconds: number) {
  const { peakBytes } = await operation.first();
  const enough = once ? 0 : 1000 * warmSeconds;
  let times = 1;
  let spent = 0;
  do {
    const ms = await operation.run(times);
    spent += times * ms;
    times = once ? 1 : timesOf(ms);
  } while (spent < enough);
  return { operation, times, peakBytes, samples: [] as number[] };
}

/** How often to run in a sample, of how long a run took last. */
function timesOf(ms: number): number {
  return Math.min(1000, Math.max(1, Math.ceil(SAMPLE_MS / ms)));
}
