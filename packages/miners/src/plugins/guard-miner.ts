import { createContext, Script } from 'node:vm';
import { defineMiner, type Miner, type Mined } from '@ft/miner-api';
import { MinerTimeoutError, PluginPollutionError } from './plugin-errors.ts';
import { watchPrototypes } from './watch-prototypes.ts';

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
  const sandbox: { call?: () => Mined } = {};
  const context = createContext(sandbox);
  const script = new Script('call()');
  return defineMiner({
    name: miner.name,
    output: miner.output,
    options: miner.options,
    mine(batch, minerContext) {
      const undo = watchPrototypes();
      sandbox.call = () => miner.mine(batch, minerContext);
      try {
        return script.runInContext(context, { timeout: timeLimit }) as Mined;
      } catch (cause) {
        if ((cause as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
        throw new MinerTimeoutError(
          `Miner "${miner.name}" did not return within ${timeLimit} ms at step ${minerContext.step}.`,
          { cause },
        );
      } finally {
        delete sandbox.call;
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
