import {
  defineMiner,
  type DistanceMeasure,
  type MinedTriplets,
  type Miner,
  type MinerBatch,
  type Random,
} from '@ft/miner-api';
import { z } from 'zod';
import { checkBatch } from './check-batch.ts';
import { collectTriplets, type AddTriplet } from './collect-triplets.ts';
import { forEachAnchor, requireUnitSphere, type AnchorRow } from './for-each-anchor.ts';
import { tripletLimits, type TripletLimits } from './option-fields.ts';
import { parseOptions } from './parse-options.ts';
import { createTally, type Tally } from './tally.ts';

/** What a rule may use beside the anchor's row. */
export interface TripletRuleTools {
  readonly add: AddTriplet;
  readonly tally: Tally;
  readonly random: Random;
  readonly batch: MinerBatch;
}

/** A triplet strategy that looks at one anchor at a time. `P` are the options as parsed, `R` as completed. */
export interface TripletStrategy<S extends z.ZodRawShape, R> {
  readonly name: string;
  /** The fields of the strategy's own options; the limits are added here. */
  readonly fields: S;
  /** Fills in defaults that depend on other options. */
  readonly complete?: (options: z.output<z.ZodObject<S>>) => R;
  /** The measure of the row's distances, or where the options say it. */
  readonly measure: DistanceMeasure | ((options: R) => DistanceMeasure);
  /** Are distances of embeddings that were not L2-normalised refused? */
  readonly unitSphere?: boolean;
  /** Prepares the rule for one batch, and gives what to do with each anchor's row. */
  readonly rule: (options: R, tools: TripletRuleTools) => (row: AnchorRow) => void;
}

/** Makes a strategy's factory: options of type `O` in, checked; miner out. */
export const defineTripletStrategy =
  <O extends TripletLimits>() =>
  <S extends z.ZodRawShape, R = z.output<z.ZodObject<S>>>(
    strategy: TripletStrategy<S, R>,
  ): ((options?: O) => Miner<MinedTriplets>) => {
    const { name } = strategy;
    const where = `miner "${name}"`;
    const schema = z.strictObject({ ...strategy.fields, ...tripletLimits });
    return (input) => {
      const parsed = parseOptions(where, schema, input ?? {});
      const limits = parsed as z.output<z.ZodObject<typeof tripletLimits>>;
      const own = parsed as z.output<z.ZodObject<S>>;
      const options = (strategy.complete?.(own) ?? own) as R;
      const measure = typeof strategy.measure === 'function' ? strategy.measure(options) : strategy.measure;
      return defineMiner({
        name,
        output: 'triplets',
        options: options as Record<string, unknown>,
        mine(batch, { random }) {
          checkBatch(where, batch);
          if (strategy.unitSphere) requireUnitSphere(where, batch.distances);
          const tally = createTally();
          const triplets = collectTriplets(limits, random);
          const visit = strategy.rule(options, { add: triplets.add, tally, random, batch });
          const { maxPositiveDistance } = limits;
          forEachAnchor(batch, { where, measure, maxPositiveDistance }, visit);
          return triplets.finish(tally.statistics());
        },
      });
    };
  };
