import { FtError } from '@ft/errors';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addAccuracy } from './commands/accuracy.ts';
import { addEmbed } from './commands/embed.ts';
import { addScaling } from './commands/scaling.ts';
import { addServeOperations } from './commands/serve-operations.ts';
import { addSpeed } from './commands/speed.ts';
import { addSteps } from './commands/steps.ts';
import { addWork } from './commands/work.ts';

const USAGE_ERROR = 2;

/** The package's folder, from here and from the built file alike. */
const root = new URL('../', import.meta.url);

const program = new Command('ft-bench')
  .description('How fast ft is beside its peers, and what its miners, losses and models reach.')
  .version(manifest.version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 a fault of the program, 2 a mistake in the input (the message says what to do), 3 slower than recorded.',
  );

addSpeed(program, root);
addSteps(program);
addAccuracy(program, root);
addEmbed(program, root);
addScaling(program, root);
addWork(program);
addServeOperations(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  } else {
    process.stderr.write(`ft-bench: ${explain(error)}\n`);
    process.exitCode = USAGE_ERROR;
  }
}

/** What went wrong, for people. A fault of the program is thrown on, with its stack. */
function explain(error: unknown): string {
  if (FtError.isInstance(error)) return error.message;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || path === undefined) throw error;
  return `${path}: ${syscall} failed (${code}). Check the path, its permissions and the free space.`;
}
