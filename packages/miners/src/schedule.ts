import { InvalidArgumentError } from '@ft/errors';
import { defineMiner, type Miner, type MinerContext, type MinerBatch } from '@ft/miner-api';
import { z } from 'zod';
import { describeMined } from './describe-mined.ts';
import { finiteNumber } from './option-fields.ts';
import { parseOptions } from './parse-options.ts';

/** A number that moves in a straight line from one value to another while a stage runs, and then stays. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  /** How many steps or epochs the way takes, counted from the stage's start. */
  readonly over: number;
}

/** One stage of a {@link schedule}. */
export interface ScheduleStage {
  /** The step or epoch with which the stage begins, counted from 0. The first stage begins at 0. */
  readonly from: number;
  /** The strategy's name. */
  readonly miner: string;
  /** The strategy's options; any number may be a {@link Ramp}. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** For so many steps or epochs the stage before still mines some batches, ever fewer of them. Default 0. */
  readonly blend?: number;
  /**
   * A batch of which this stage leaves more than 1 − this share of the cases without a result is given to the
   * next stage instead, in [0, 1]. Default 0: never.
   */
  readonly minActiveFraction?: number;
}

export interface ScheduleOptions {
  /** What `from`, `over` and `blend` count. Default `'step'`. */
  readonly by?: 'step' | 'epoch';
  readonly stages: readonly ScheduleStage[];
}

const amount = z.number('a number of at least 0').min(0, 'a number of at least 0');
const share = 'a number in [0, 1]';
const stageSchema = z.strictObject({
  from: amount,
  miner: z.string('the name of a strategy'),
  options: z.record(z.string(), z.unknown(), 'an object').optional(),
  blend: amount.optional(),
  minActiveFraction: z.number(share).min(0, share).max(1, share).optional(),
});
const schema = z.strictObject({
  by: z.enum(['step', 'epoch'], '"step" or "epoch"').default('step'),
  stages: z.array(stageSchema, 'a list of stages').min(1, 'a list of at least one stage'),
});
const rampSchema = z.strictObject({ from: finiteNumber, to: finiteNumber, over: amount });

/**
 * A miner that changes its strategy while training: by step, by epoch, or by what a batch has to offer.
 *
 * The stage in force is the last whose `from` has come. Within its `blend`, a batch goes to the stage before
 * with a probability that falls in a straight line from 1 to 0. `minActiveFraction` is the measured switch: a
 * batch that has become too easy for a stage goes on to the next. A schedule keeps nothing between batches, so
 * a resumed run continues as it would have. The options are plain JSON.
 *
 * @param options the stages, in ascending order of `from`
 * @param create makes a stage's strategy from its name and options
 * @returns a miner of the stages' output
 * @throws InvalidArgumentError on a wrong option, where the stages are out of order, or where they do not all
 *   give triplets or all give pairs; and what `create` throws
 */
export function schedule(options: ScheduleOptions, create: (name: string, options: object) => Miner): Miner {
  const where = 'miner "schedule"';
  const { by, stages } = parseOptions(where, schema, options);
  stages.forEach(({ from }, i) => {
    const earliest = i === 0 ? 0 : stages[i - 1]!.from;
    if (i === 0 ? from === 0 : from > earliest) return;
    throw new InvalidArgumentError({
      where,
      argument: `stages.${i}.from`,
      expected: i === 0 ? '0' : `above ${earliest}, where the stage before begins`,
      got: from,
    });
  });
  // Made once to refuse wrong options before training, and again whenever a ramp has moved.
  const makers = stages.map((stage) => stageMaker(stage, create));
  const [first, ...others] = makers.map((make) => make(0).output);
  const odd = others.findIndex((output) => output !== first);
  if (odd !== -1) {
    throw new InvalidArgumentError({
      where,
      argument: `stages.${odd + 1}.miner`,
      expected: `one that gives ${first}, as the first stage does`,
      got: stages[odd + 1]!.miner,
    });
  }
  return defineMiner({
    name: 'schedule',
    output: first!,
    options: { by, stages },
    mine(batch: MinerBatch, context: MinerContext) {
      const now = context[by];
      let index = stages.findLastIndex(({ from }) => from <= now);
      const { from, blend = 0 } = stages[index]!;
      if (index > 0 && now - from < blend && context.random.next() >= (now - from) / blend) index -= 1;
      for (; ; index += 1) {
        const mined = makers[index]!(now).mine(batch, context);
        const { minActiveFraction = 0 } = stages[index]!;
        const enough = describeMined(batch, mined, { hardest: 0 }).activeFraction >= minActiveFraction;
        if (enough || index === stages.length - 1) return mined;
      }
    },
  });
}

/** Makes the stage's miner as it is at a step or epoch. */
function stageMaker(
  { from, miner, options = {} }: z.output<typeof stageSchema>,
  create: (name: string, options: object) => Miner,
): (now: number) => Miner {
  const ramps = Object.entries(options).flatMap(([name, value]) => {
    const ramp = rampSchema.safeParse(value);
    return ramp.success ? [[name, ramp.data] as const] : [];
  });
  const at = (now: number) => {
    const values = ramps.map(([name, ramp]) => {
      const way = ramp.over === 0 ? 1 : Math.min(1, Math.max(0, (now - from) / ramp.over));
      return [name, ramp.from + (ramp.to - ramp.from) * way] as const;
    });
    return create(miner, { ...options, ...Object.fromEntries(values) });
  };
  const fixed = at(from);
  return ramps.length === 0 ? () => fixed : at;
}
