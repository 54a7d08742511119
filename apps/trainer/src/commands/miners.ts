import { createMiner, loadConfig, minerRegistry } from '@ft/miners';
import type { Command } from 'commander';
import { outputOf } from './options.ts';

export function addMiners(program: Command): void {
  const miners = program.command('miners').description('the mining strategies that --miner accepts');
  miners
    .command('list')
    .description(
      "name every strategy, what it gives, and its options; plugins are found among this project's dependencies, " +
        'and none of their code runs',
    )
    .option('--json', 'print JSON lines')
    .action(async (_options, command: Command) => {
      const output = outputOf(command);
      const { plugins } = await loadConfig(process.cwd());
      const registry = minerRegistry({ directory: process.cwd(), enabled: plugins });
      for (const listed of registry.list()) {
        const { name, output: kind, status, summary, version } = listed;
        const detail =
          status === 'built-in'
            ? JSON.stringify(createMiner(name).options)
            : `version ${version}, ${status}. ${summary}`;
        output.say(`${name.padEnd(24)} ${kind.padEnd(9)} ${detail}`);
        output.event('miner', { ...listed });
      }
      for (const { code, message } of registry.problems) {
        output.say(`Not usable: ${message}`);
        output.event('problem', { code, message });
      }
    });
}
