import { defineMiner, type Miner } from '@ft/miner-api';
import { MinerTimeoutError, PluginPollutionError } from './plugin-errors.ts';
import { watchPrototypes } from './watch-prototypes.ts';
import { withTimeLimit } from './with-time-limit.ts';

/**
 * Wraps a miner one does not trust to behave: it is stopped when it does not return in time, even out of an
 * endless loop, and changes to shared prototypes are undone and reported. This guards against mistakes; it is
 * no sandbox.
 *
 * @param miner the miner
 * @param timeLimit milliseconds for one batch
 * @returns a miner of the same name, options and output, whose `mine` throws MinerTimeoutError or
 *   PluginPollutionError
 */
export function guardMiner(miner: Miner, timeLimit: number): Miner {
  return defineMiner({
    name: miner.name,
    output: miner.output,
    options: miner.options,
    mine(batch, minerContext) {
      const undo = watchPrototypes();
      try {
        return withTimeLimit(
          timeLimit,
          () => miner.mine(batch, minerContext),
          (cause) =>
            new MinerTimeoutError(
              `Miner "${miner.name}" did not return within ${timeLimit} ms at step ${minerContext.step}.`,
              { cause },
            ),
        );
      } finally {
        refusePollution(`Miner "${miner.name}"`, undo());
      }
    },
  });
}

/** @throws PluginPollutionError where `changed` names something */
export function refusePollution(who: string, changed: readonly string[]): void {
  if (changed.length === 0) return;
  throw new PluginPollutionError(
    `${who} changed ${changed.join(', ')}, which all code shares. The change was undone.`,
  );
}
