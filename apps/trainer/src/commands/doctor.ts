import { selectEngine } from '@ft/engine';
import type { Command } from 'commander';
import { outputOf } from './options.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say which engine is in use, why each other one is not, and what a bug report needs')
    .option('--json', 'print JSON lines')
    .action(async (_options, command: Command) => {
      const output = outputOf(command);
      const { name, version, device, refused } = await selectEngine();
      output.event('doctor', { engine: name, version, device, refused, node: process.version });
      output.say(`Engine  ${name} ${version} on ${device}`);
      for (const { name: other, reason } of refused) output.say(`  not ${other}: ${reason}`);
    });
}
