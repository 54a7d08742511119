import { createMiner, minerNames } from '@ft/miners';
import type { Command } from 'commander';
import { outputOf } from './options.ts';

export function addMiners(program: Command): void {
  const miners = program.command('miners').description('the mining strategies that --miner accepts');
  miners
    .command('list')
    .description('name every strategy, what it gives, and its options with their defaults')
    .option('--json', 'print JSON lines')
    .action((_options, command: Command) => {
      const output = outputOf(command);
      for (const name of minerNames()) {
        const { output: kind, options } = createMiner(name);
        output.say(`${name.padEnd(24)} ${kind.padEnd(9)} ${JSON.stringify(options)}`);
        output.event('miner', { name, output: kind, options });
      }
    });
}
