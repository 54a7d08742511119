import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { choice, engineNames, wholeNumber } from './options.ts';

/** What the command line says. */
export interface ScalingOptions {
  readonly only?: string;
  readonly upTo?: number;
  readonly list?: boolean;
  readonly engine?: EngineName;
  readonly threads: number;
  readonly json?: string;
  readonly markdown?: string;
}

export function addScaling(program: Command, root: URL): void {
  program
    .command('scaling')
    .description('time parts at rising batches, dimensions, identities and images, and fit how they grow')
    .option('--only <pattern>', 'sizes whose name contains this; * stands for anything')
    .option('--up-to <n>', 'leave out sizes above this', wholeNumber('--up-to', 1))
    .option('--list', 'name the sizes and measure nothing')
    .option('--engine <name>', 'the engine (the fastest that works)', choice('--engine', engineNames))
    .option('--threads <n>', 'processor threads', wholeNumber('--threads', 1), 2)
    .option('--json <file>', 'write everything that was measured')
    .option('--markdown <file>', 'write the table')
    .action(async (options: ScalingOptions) => {
      const { measureScaling } = await import('../scaling/measure-scaling.ts');
      await measureScaling(options, root);
    });
}
