/**
 * What a row has to reach. `ratio` is the other side's time over ours: at least so much, or, where the other side is a
 * part of ours, at most. `ms`: milliseconds of one run, at most. `perSecond`: things handled a second, at least.
 * `share`: what the operation measures is a share, at most so much.
 */
export type Goal =
  | { readonly kind: 'ratio'; readonly least: number }
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'ms'; readonly most: number }
  | { readonly kind: 'perSecond'; readonly least: number }
  | { readonly kind: 'share'; readonly most: number };

/** The goal of each row: the first pattern that its id matches. A row with none is only reported. */
const goals: readonly (readonly [pattern: RegExp, goal: Goal])[] = [
  // The peer builds all triples of a batch for these.
  [/^loss\/(?:nt-xent|lifted|tuplet|angular|pnp) B=512$/, { kind: 'ratio', least: 5 }],
  [/^loss\//, { kind: 'ratio', least: 1 }],
  [/^miner\/(?:triplet-margin|distance-weighted) B=(?:512|1024|2048)$/, { kind: 'ratio', least: 10 }],
  [/^miner\//, { kind: 'ratio', least: 1 }],
  [/^data\/first pass/, { kind: 'ratio', least: 1 }],
  [/^data\/later passes/, { kind: 'perSecond', least: 20_000 }],
  [/^data\/data wait/, { kind: 'share', most: 0.02 }],
  [/^(?:training step|training|forward|embedding)\//, { kind: 'ratio', least: 1 }],
  [/^mining\//, { kind: 'ratio', most: 0.1 }],
  [/^engine\/accelerate/, { kind: 'ratio', least: 1.8 }],
  [/^engine\/wasm/, { kind: 'ratio', least: 1 / 6 }],
  [/^index\/exact/, { kind: 'ms', most: 2000 }],
  [/^evaluation\/View 2$/, { kind: 'ms', most: 1000 }],
  [/^evaluation\/ROC of all pairs of 13233 /, { kind: 'ms', most: 20_000 }],
];

/** The goal of a row, by its id. */
export function goalOf(id: string): Goal | undefined {
  return goals.find(([pattern]) => pattern.test(id))?.[1];
}

/** A row's figures that goals are about. */
export interface GoalFigures {
  readonly ms: number;
  readonly ratio?: number;
  readonly items?: number;
}

/** Is the goal reached? Undefined where there is none, or where the other side was not measured. */
export function reaches(goal: Goal | undefined, { ms, ratio, items }: GoalFigures): boolean | undefined {
  switch (goal?.kind) {
    case undefined:
      return undefined;
    case 'ratio':
      if (ratio === undefined) return undefined;
      return 'least' in goal ? ratio >= goal.least : ratio <= goal.most;
    case 'ms':
    case 'share':
      return ms <= goal.most;
    case 'perSecond':
      return (1000 * (items ?? 1)) / ms >= goal.least;
  }
}

/** A goal in a few words. */
export function describeGoal(goal: Goal): string {
  switch (goal.kind) {
    case 'ratio':
      return 'least' in goal ? `≥ ${Number(goal.least.toFixed(2))}×` : `≤ ${100 * goal.most} %`;
    case 'ms':
      return `≤ ${goal.most / 1000} s`;
    case 'share':
      return `≤ ${100 * goal.most} %`;
    case 'perSecond':
      return `≥ ${goal.least}/s`;
  }
}
