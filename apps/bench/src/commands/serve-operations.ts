import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';

/** The hidden command that `ft-bench speed` runs its own side with. */
export function addServeOperations(program: Command): void {
  program
    .command('serve-operations', { hidden: true })
    .option('--engine <name>')
    .option('--as-it-comes')
    .action(async (options: { engine?: EngineName; asItComes?: boolean }) => {
      const { serveOnEngine } = await import('../speed/serve-on-engine.ts');
      await serveOnEngine(options);
    });
}
