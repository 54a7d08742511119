import { InvalidArgumentError } from '@ft/errors';
import { MINER_API_VERSION, type Mined, type Miner } from './miner.ts';

const stamp = Symbol.for('ft.miner');

/**
 * Declares a miner: freezes it and stamps it with the version of the contract it was written for.
 *
 * @param miner everything of a {@link Miner} but its version
 * @returns the miner, to be given to a training run or exported from a plugin's factory
 * @throws InvalidArgumentError where the name is not lower-case words joined by hyphens, or a field is missing
 */
export function defineMiner<M extends Mined>(miner: Omit<Miner<M>, 'apiVersion'>): Miner<M> {
  const where = 'defineMiner';
  if (typeof miner.name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(miner.name)) {
    throw new InvalidArgumentError({
      where,
      argument: 'name',
      expected: 'lower-case words joined by hyphens, such as "semi-hard"',
      got: miner.name,
    });
  }
  if (miner.output !== 'triplets' && miner.output !== 'pairs') {
    throw new InvalidArgumentError({
      where,
      argument: 'output',
      expected: '"triplets" or "pairs"',
      got: miner.output,
    });
  }
  if (typeof miner.mine !== 'function') {
    throw new InvalidArgumentError({ where, argument: 'mine', expected: 'a function', got: miner.mine });
  }
  const defined = { ...miner, options: Object.freeze({ ...miner.options }), apiVersion: MINER_API_VERSION };
  return Object.freeze(Object.defineProperty(defined, stamp, { value: MINER_API_VERSION }));
}

/** Was `value` made by {@link defineMiner}, of this copy of the package or another, of this version or another? */
export function isMiner(value: unknown): value is Miner {
  return typeof value === 'object' && value !== null && stamp in value;
}
