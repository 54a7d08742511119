import { FtError, nearestNames } from '@ft/errors';
import type { Miner } from '@ft/miner-api';
import { hard } from './hard.ts';
import { randomHard } from './random-hard.ts';
import { semiHard } from './semi-hard.ts';

const factories = { hard, 'semi-hard': semiHard, 'random-hard': randomHard };

/** The name of a built-in strategy. */
export type MinerName = keyof typeof factories;

/** No built-in strategy has this name. */
export class UnknownMinerError extends FtError {
  static override readonly code: string = 'FT_UNKNOWN_MINER';
}

/** The names of the built-in strategies. */
export function minerNames(): MinerName[] {
  return Object.keys(factories) as MinerName[];
}

/**
 * Makes a built-in strategy from its name, as a configuration file gives it.
 *
 * @param name one of {@link minerNames}
 * @param options the strategy's options; its factory documents them
 * @throws UnknownMinerError where there is no such strategy; InvalidArgumentError on a wrong option
 */
export function createMiner(name: string, options: object = {}): Miner {
  const names = minerNames();
  if (!Object.hasOwn(factories, name)) {
    const near = nearestNames(name, names);
    const hint = near.length > 0 ? ` Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?` : '';
    throw new UnknownMinerError(`There is no miner "${name}"; known are ${names.join(', ')}.${hint}`);
  }
  return factories[name as MinerName](options);
}
