import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { presets } from '../accuracy/presets.ts';
import { choice, DEFAULT_QUEUE, engineNames, wholeNumber } from './options.ts';

/** What the command line says. */
export interface AccuracyOptions {
  readonly preset?: string;
  readonly grid?: string;
  readonly miner: readonly string[];
  readonly plugins: readonly string[];
  readonly seeds?: number;
  readonly lfw?: string;
  readonly engine?: EngineName;
  readonly out: string;
  readonly workers: number;
  readonly redis?: string;
  readonly queue: string;
}

const list = (value: string, all: readonly string[]) => [...all, value];

export function addAccuracy(program: Command, root: URL): void {
  program
    .command('accuracy')
    .description(
      'train a grid of miners, losses, models, seeds and folds at equal compute, and compare what they reach',
    )
    .option('--preset <name>', Object.keys(presets).join(' or '), choice('--preset', Object.keys(presets)))
    .option('--grid <file>', 'a grid of your own, as JSON')
    .option('--miner <name>', 'one more strategy in the comparison, a plugin too; may be repeated', list, [])
    .option('--plugins <package>', 'let the miners of this package run; may be repeated', list, [])
    .option('--seeds <n>', 'seeds 1 to n', wholeNumber('--seeds', 1))
    .option('--lfw <dir>', 'folder or archive of LFW (FT_LFW_DIR, then ../shared/lfw)')
    .option('--engine <name>', 'the engine (the fastest that works)', choice('--engine', engineNames))
    .option('--out <dir>', 'results, kept and used again', 'ft-bench-results')
    .option('--workers <n>', 'processes on this machine', wholeNumber('--workers', 1), 1)
    .option('--redis <url>', 'hand the trainings to `ft-bench work` processes on any machine')
    .option('--queue <name>', 'name of the queue in Redis', DEFAULT_QUEUE)
    .action(async (options: AccuracyOptions) => {
      const { compareGrid } = await import('../accuracy/compare-grid.ts');
      await compareGrid(options, root);
    });
}
