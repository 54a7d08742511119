import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { choice, engineNames, wholeNumber } from './options.ts';

/** What the command line says. */
export interface SpeedOptions {
  readonly quick?: boolean;
  readonly only?: string;
  readonly list?: boolean;
  readonly peers: 'auto' | 'off';
  readonly python?: string;
  readonly engine?: EngineName;
  readonly threads: number;
  readonly json?: string;
  readonly markdown?: string;
  readonly baseline?: string;
  readonly check?: boolean;
  readonly record?: boolean;
}

export function addSpeed(program: Command, root: URL): void {
  program
    .command('speed')
    .description('time every part beside its peer, in turns, and say which rows fall short of their goals')
    .option('--quick', 'a choice of rows in less than three minutes')
    .option('--only <pattern>', 'rows whose group/name contains this; * stands for anything')
    .option('--list', 'name the rows and measure nothing')
    .option(
      '--peers <auto|off>',
      'auto: beside those that are installed',
      choice('--peers', ['auto', 'off']),
      'auto',
    )
    .option('--python <path>', 'the Python of the peers (FT_BENCH_PYTHON, then python3)')
    .option(
      '--engine <name>',
      'the engine of our side (the fastest that works)',
      choice('--engine', engineNames),
    )
    .option('--threads <n>', 'processor threads of each side', wholeNumber('--threads', 1), 2)
    .option('--json <file>', 'write everything that was measured')
    .option('--markdown <file>', 'write the table')
    .option('--baseline <file>', 'recorded costs (baseline.json of the package)')
    .option('--check', 'fail where a row has become much slower than recorded')
    .option('--record', 'write what was measured into the baseline')
    .action(async (options: SpeedOptions) => {
      const { measureTable } = await import('../speed/measure-table.ts');
      await measureTable(options, root);
    });
}
