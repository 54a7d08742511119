import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/miner-api';
import { checkEmbeddings } from '../embeddings/check-embeddings.ts';
import { percentileInterval } from '../statistics/percentile-interval.ts';
import type { Interval } from '../statistics/wilson-interval.ts';
import { decide, type Decision, type DecisionMode, type DecisionRules } from './decide.ts';
import type { Gallery } from './gallery.ts';

/** Probes whose people are known to the evaluator, if not to the gallery. */
export interface DecisionProbes {
  /** Row-major [count x dimension of the gallery]. */
  readonly embeddings: Float32Array;
  /** Person of each probe, enrolled or not, [count]. Resampling is over these. */
  readonly names: readonly string[];
}

/** What became of the probes under one way of deciding. Plain JSON. */
export interface DecisionScore {
  readonly mode: DecisionMode;
  /** Probes of enrolled people. */
  readonly known: {
    readonly count: number;
    readonly identified: number;
    readonly misidentified: number;
    readonly rejected: number;
    readonly ambiguous: number;
  };
  /** Probes of other people. */
  readonly unknown: {
    readonly count: number;
    readonly misidentified: number;
    readonly rejected: number;
    readonly ambiguous: number;
  };
  /** Share of probes decided rightly: the known identified as themselves, the unknown rejected. */
  readonly right: number;
  /** 95 % interval of that share, by a bootstrap over people. */
  readonly rightInterval: Interval;
  /** Share of probes for whom a wrong person was named. */
  readonly wrong: number;
  /** 95 % interval of that share, by the same bootstrap. */
  readonly wrongInterval: Interval;
}

const replicates = 1000;

/**
 * Decides the same probes by recognition alone, verification alone, and both together.
 *
 * @param gallery who is enrolled
 * @param probes at least one
 * @param rules of the combined decision; its mode is set here
 * @param random for the intervals
 * @returns one score a mode, in the order recognition, verification, combined
 * @throws InvalidArgumentError where shapes differ or the rules are not as documented
 */
export function evaluateDecision(
  gallery: Gallery,
  probes: DecisionProbes,
  rules: Omit<DecisionRules, 'mode'>,
  random: Random,
): DecisionScore[] {
  const where = 'evaluateDecision';
  const { embeddings, names } = probes;
  const count = checkEmbeddings(where, embeddings, gallery.dimension);
  if (names.length !== count || count === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'names',
      expected: `one for each of ${count} probes, at least one`,
      got: names,
    });
  }
  const people = new Map([...new Set(names)].map((name, person) => [name, person]));
  const draws = Array.from({ length: replicates }, () => {
    const drawn = new Int32Array(people.size);
    for (let i = 0; i < people.size; i++) drawn[random.int(people.size)]!++;
    return drawn;
  });
  return (['recognition', 'verification', 'combined'] as const).map((mode) => {
    const verdicts = names.map((name, probe) => {
      const start = probe * gallery.dimension;
      const embedding = embeddings.subarray(start, start + gallery.dimension);
      return verdictOf(decide(gallery, embedding, { ...rules, mode }), name, gallery.images.has(name));
    });
    const tally = (known: boolean, verdict: Verdict) =>
      verdicts.filter((given, probe) => given === verdict && gallery.images.has(names[probe]!) === known)
        .length;
    const knownCount = names.filter((name) => gallery.images.has(name)).length;
    const known = {
      count: knownCount,
      identified: tally(true, 'right'),
      misidentified: tally(true, 'wrong'),
      rejected: tally(true, 'rejected'),
      ambiguous: tally(true, 'ambiguous'),
    };
    const unknown = {
      count: count - knownCount,
      misidentified: tally(false, 'wrong'),
      rejected: tally(false, 'right'),
      ambiguous: tally(false, 'ambiguous'),
    };
    const interval = (verdict: Verdict) => {
      const hits = new Int32Array(people.size);
      const sizes = new Int32Array(people.size);
      for (const [probe, name] of names.entries()) {
        const person = people.get(name)!;
        sizes[person]!++;
        if (verdicts[probe] === verdict) hits[person]!++;
      }
      const shares = draws.map((drawn) => dot(drawn, hits) / dot(drawn, sizes));
      return percentileInterval(Float64Array.from(shares), 0.95, Math.max(2, people.size));
    };
    return {
      mode,
      known,
      unknown,
      right: (known.identified + unknown.rejected) / count,
      rightInterval: interval('right'),
      wrong: (known.misidentified + unknown.misidentified) / count,
      wrongInterval: interval('wrong'),
    };
  });
}

type Verdict = 'right' | 'wrong' | 'rejected' | 'ambiguous';

function verdictOf(decision: Decision, name: string, enrolled: boolean): Verdict {
  if (decision.outcome === 'ambiguous') return 'ambiguous';
  if (decision.outcome === 'rejected') return enrolled ? 'rejected' : 'right';
  return decision.name === name ? 'right' : 'wrong';
}

function dot(a: Int32Array, b: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
