import {
  defineMiner,
  type DistanceMeasure,
  type MinedPairs,
  type MinedTriplets,
  type Miner,
  type MinerBatch,
  type MinerContext,
  type MiningStatistics,
  type Random,
} from '@ft/miner-api';
import { z } from 'zod';
import { checkBatch } from './check-batch.ts';
import { collectRows, type Columns, type RowCollector, type RowLimits } from './collect-rows.ts';
import { forEachAnchor, requireUnitSphere, type AnchorRow } from './for-each-anchor.ts';
import { pairLimits, tripletLimits, type PairLimits, type TripletLimits } from './option-fields.ts';
import { parseOptions } from './parse-options.ts';
import { createTally, type Tally } from './tally.ts';

/** What a rule has to work with. */
interface RuleTools {
  /** Who complains in an error. */
  readonly where: string;
  readonly batch: MinerBatch;
  readonly random: Random;
  readonly tally: Tally;
  /** Visits every anchor in order; may be called again for another pass. */
  readonly forEachAnchor: (visit: (row: AnchorRow) => void) => void;
  /** Selects (anchor, positive, negative), or (anchor, same, candidate) in a pair strategy. */
  readonly add: RowCollector['add'];
  /** Selects one row for each of the first `count` of the negatives, or of the candidates. */
  readonly addAll: RowCollector['addAll'];
}

/** A strategy as its file declares it: `S` are the fields of its options, `R` the options in force. */
interface Strategy<S extends z.ZodRawShape, R> {
  readonly name: string;
  /** The strategy's own options; the limits are added. */
  readonly fields: S;
  /** Fills in defaults that depend on other options, and checks what one field cannot. */
  readonly complete?: (options: z.output<z.ZodObject<S>>, where: string) => R;
  /** The measure of the rows' distances where there is no option of that name. */
  readonly measure?: DistanceMeasure;
  /** Are distances of embeddings that were not L2-normalised refused? */
  readonly unitSphere?: boolean;
  readonly rule: (options: R, tools: RuleTools) => void;
}

/** Makes the factory of a strategy that selects triplets: options of type `O` in, checked; miner out. */
export const defineTripletStrategy =
  <O extends TripletLimits>() =>
  <S extends z.ZodRawShape, R = z.output<z.ZodObject<S>>>(
    strategy: Strategy<S, R>,
  ): ((options?: O) => Miner<MinedTriplets>) => {
    const prepare = prepareStrategy(strategy, tripletLimits);
    return (input) => {
      const { options, mine } = prepare(input);
      const limits = options as TripletLimits;
      return defineMiner({
        name: strategy.name,
        output: 'triplets',
        options,
        mine(batch, context) {
          const { columns, statistics } = mine(batch, context, { ...limits, max: limits.maxTriplets });
          const [anchors, positives, negatives] = columns;
          return { kind: 'triplets', anchors, positives, negatives, statistics };
        },
      });
    };
  };

/** Makes the factory of a strategy that selects pairs: options of type `O` in, checked; miner out. */
export const definePairStrategy =
  <O extends PairLimits>() =>
  <S extends z.ZodRawShape, R = z.output<z.ZodObject<S>>>(
    strategy: Strategy<S, R>,
  ): ((options?: O) => Miner<MinedPairs>) => {
    const prepare = prepareStrategy(strategy, pairLimits);
    return (input) => {
      const { options, mine } = prepare(input);
      const limits = options as PairLimits;
      return defineMiner({
        name: strategy.name,
        output: 'pairs',
        options,
        mine(batch, context) {
          const { columns, statistics } = mine(batch, context, { ...limits, max: limits.maxPairs });
          const [anchors, same, candidates] = columns;
          return { kind: 'pairs', anchors, candidates, same: new Uint8Array(same), statistics };
        },
      });
    };
  };

/** What both kinds share: options are parsed once, the batch is checked and the rule run for every batch. */
function prepareStrategy<S extends z.ZodRawShape, R>(
  { name, fields, complete, measure: fixed, unitSphere, rule }: Strategy<S, R>,
  limits: z.ZodRawShape,
) {
  const where = `miner "${name}"`;
  const schema = z.strictObject({ ...fields, ...limits });
  return (input: object = {}) => {
    const parsed = parseOptions(where, schema, input) as z.output<z.ZodObject<S>>;
    const own = complete?.(parsed, where) ?? (parsed as unknown as R);
    const options = own as Record<string, unknown>;
    const measure = fixed ?? (options['measure'] as DistanceMeasure);
    const { maxPositiveDistance } = options as TripletLimits;
    return {
      options,
      mine(
        batch: MinerBatch,
        { random }: MinerContext,
        rowLimits: RowLimits,
      ): { columns: Columns; statistics: MiningStatistics } {
        checkBatch(where, batch);
        if (unitSphere) requireUnitSphere(where, batch.distances);
        const tally = createTally();
        const rows = collectRows(rowLimits, batch.distances.candidates, random);
        rule(own, {
          where,
          batch,
          random,
          tally,
          add: rows.add,
          addAll: rows.addAll,
          forEachAnchor: (visit) => forEachAnchor(batch, { where, measure, maxPositiveDistance }, visit),
        });
        return { columns: rows.take(), statistics: tally.statistics() };
      },
    };
  };
}
