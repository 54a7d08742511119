import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { choice, engineNames, wholeNumber } from './options.ts';

/** What the command line says. */
export interface StepsOptions {
  readonly engine?: EngineName;
  readonly batches: readonly number[];
  readonly size: number;
  readonly seconds: number;
}

export function addSteps(program: Command): void {
  program
    .command('steps')
    .description(
      'train the reference network for a moment and print adapter, throughput and loss as JSON lines',
    )
    .option('--engine <name>', 'the engine (the fastest that works)', choice('--engine', engineNames))
    .option('--batches <n,...>', 'images in a step', batches, [32, 256, 1024])
    .option('--size <pixels>', 'height and width of an image', wholeNumber('--size', 32), 112)
    .option('--seconds <n>', 'how long each batch size is timed', wholeNumber('--seconds', 1), 5)
    .action(async (options: StepsOptions) => {
      const { measureSteps } = await import('../speed/measure-steps.ts');
      await measureSteps(options);
    });
}

const batches = (text: string) => text.split(',').map(wholeNumber('--batches', 1));
