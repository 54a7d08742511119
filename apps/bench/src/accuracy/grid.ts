import { InvalidArgumentError } from '@ft/errors';
import { z } from 'zod';
import { batchLosses, cellSchema, minedLosses, NO_MINER, type Cell } from './cell.ts';

const { shape } = cellSchema;

/** A grid of trainings at equal compute: every combination of what is listed in the plural. */
export const gridSchema = z.strictObject({
  data: shape.data,
  folds: z.array(shape.fold).min(1),
  models: z.array(shape.model).min(1),
  losses: z.array(shape.loss).min(1),
  margin: shape.margin,
  miners: z.array(shape.miner.partial({ label: true, options: true })),
  plugins: shape.plugins,
  people: shape.people,
  images: shape.images,
  imagesSeen: shape.imagesSeen,
  measurements: shape.measurements,
  learningRate: shape.learningRate,
  seeds: z.array(shape.seed).min(1),
});

export type Grid = z.infer<typeof gridSchema>;

/**
 * The cells of a grid. Miners are combined with the losses that take tuples; the others stand by themselves.
 *
 * @param facts the engine and the versions of whatever a result depends on
 * @throws InvalidArgumentError where a loss needs a miner and none is listed
 */
export function expandGrid(grid: Grid, facts: Pick<Cell, 'engine' | 'versions'>): Cell[] {
  const { folds, models, losses, miners, seeds, ...same } = grid;
  const treatments = losses.flatMap((loss) => {
    if ((batchLosses as readonly string[]).includes(loss)) {
      return [{ loss, miner: { label: NO_MINER, name: NO_MINER, options: {} } }];
    }
    if (miners.length === 0) {
      throw new InvalidArgumentError({
        where: 'ft-bench accuracy',
        argument: 'miners',
        expected: `a list of at least one, for the ${loss} loss`,
        got: miners,
        remedy: `Losses that need none: ${batchLosses.join(', ')}; with one: ${minedLosses.join(', ')}.`,
      });
    }
    return miners.map(({ label, name, options }) => ({
      loss,
      miner: { label: label ?? name, name, options: options ?? {} },
    }));
  });
  // Seeds outermost: an interrupted comparison has every treatment equally often.
  return seeds.flatMap((seed) =>
    folds.flatMap((fold) =>
      models.flatMap((model) =>
        treatments.map((treatment) => ({
          format: 'ft-bench-cell-1' as const,
          ...same,
          ...facts,
          ...treatment,
          seed,
          fold,
          model,
        })),
      ),
    ),
  );
}

/** What differs between the cells of a comparison in words: the miner, and loss and model where there are several. */
export function treatmentOf(cell: Cell, grid: Pick<Grid, 'losses' | 'models'>): string {
  const { loss, miner, model } = cell;
  const parts = [miner.label === NO_MINER ? loss : miner.label];
  if (miner.label !== NO_MINER && grid.losses.length > 1) parts.push(loss);
  if (grid.models.length > 1) parts.push(`${model.name} ${model.size}/${model.width}`);
  return parts.join(', ');
}
