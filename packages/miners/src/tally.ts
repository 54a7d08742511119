import type { MiningStatistics } from '@ft/miner-api';

/** Counts the cases a rule looks at and those that gave nothing, by reason. */
export interface Tally {
  consider(cases?: number): void;
  skip(reason: string, cases?: number): void;
  statistics(): MiningStatistics;
}

export function createTally(): Tally {
  let considered = 0;
  const skipped: Record<string, number> = {};
  return {
    consider(cases = 1) {
      considered += cases;
    },
    skip(reason, cases = 1) {
      if (cases > 0) skipped[reason] = (skipped[reason] ?? 0) + cases;
    },
    statistics: () => ({ considered, skipped: { ...skipped } }),
  };
}
