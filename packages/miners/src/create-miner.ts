import { FtError, nearestNames } from '@ft/errors';
import type { Miner } from '@ft/miner-api';
import { schedule, type ScheduleOptions } from './schedule.ts';
import { angular } from './strategies/angular.ts';
import { batchAll } from './strategies/batch-all.ts';
import { batchEasyHard } from './strategies/batch-easy-hard.ts';
import { batchHard } from './strategies/batch-hard.ts';
import { distanceWeighted } from './strategies/distance-weighted.ts';
import { hard } from './strategies/hard.ts';
import { hardAwareCascade } from './strategies/hard-aware-cascade.ts';
import { hardestCluster } from './strategies/hardest-cluster.ts';
import { multiSimilarity } from './strategies/multi-similarity.ts';
import { nearestSemiHard } from './strategies/nearest-semi-hard.ts';
import { pairMargin } from './strategies/pair-margin.ts';
import { randomHard } from './strategies/random-hard.ts';
import { randomNegative } from './strategies/random-negative.ts';
import { rankRange } from './strategies/rank-range.ts';
import { semiHard } from './strategies/semi-hard.ts';
import { tripletMargin } from './strategies/triplet-margin.ts';
import { uniformHistogram } from './strategies/uniform-histogram.ts';

const factories = {
  random: randomNegative,
  'semi-hard': semiHard,
  hard,
  'random-hard': randomHard,
  'nearest-semi-hard': nearestSemiHard,
  'batch-all': batchAll,
  'batch-hard': batchHard,
  'batch-easy-hard': batchEasyHard,
  'triplet-margin': tripletMargin,
  'distance-weighted': distanceWeighted,
  'rank-range': rankRange,
  'hardest-cluster': hardestCluster,
  angular,
  'multi-similarity': multiSimilarity,
  'pair-margin': pairMargin,
  'hard-aware-cascade': hardAwareCascade,
  'uniform-histogram': uniformHistogram,
};

/** The name of a built-in strategy. */
export type MinerName = keyof typeof factories;

/** No built-in strategy has this name. */
export class UnknownMinerError extends FtError {
  static override readonly code: string = 'FT_UNKNOWN_MINER';
}

/** The names of the built-in strategies. `'schedule'`, which is made of them, is not among them. */
export function minerNames(): MinerName[] {
  return Object.keys(factories) as MinerName[];
}

/**
 * Makes a built-in strategy from its name, as a configuration file gives it.
 *
 * @param name one of {@link minerNames}, or `'schedule'`
 * @param options the strategy's options; its factory documents them
 * @throws UnknownMinerError where there is no such strategy; InvalidArgumentError on a wrong option
 */
export function createMiner(name: string, options: object = {}): Miner {
  if (name === 'schedule') return schedule(options as ScheduleOptions, createMiner);
  if (!Object.hasOwn(factories, name)) {
    const names = [...minerNames(), 'schedule'];
    const near = nearestNames(name, names);
    const hint = near.length > 0 ? ` Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?` : '';
    throw new UnknownMinerError(`There is no miner "${name}"; known are ${names.join(', ')}.${hint}`);
  }
  return factories[name as MinerName](options);
}
