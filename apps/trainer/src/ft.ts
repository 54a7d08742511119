import { FtError } from '@ft/errors';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addCalibrate } from './commands/calibrate.ts';
import { addCompare } from './commands/compare.ts';
import { addCompletion } from './commands/completion.ts';
import { addData } from './commands/data.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEngine } from './commands/engine.ts';
import { addEnroll } from './commands/enroll.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExport } from './commands/export.ts';
import { addGallery } from './commands/gallery.ts';
import { addIdentify } from './commands/identify.ts';
import { addInit } from './commands/init.ts';
import { addLive } from './commands/live.ts';
import { addMiners } from './commands/miners.ts';
import { addModels } from './commands/models.ts';
import { addQuickstart } from './commands/quickstart.ts';
import { addRecipes } from './commands/recipes.ts';
import { addTrain } from './commands/train.ts';
import { addVerify } from './commands/verify.ts';

const USAGE_ERROR = 2;

const program = new Command('ft')
  .description('Train a face-embedding network with triplet mining, and measure it.')
  .version(manifest.version)
  .option('--json', 'print JSON lines for programs instead of text for people')
  .option('--quiet', 'leave out progress')
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 a fault of the program, 2 a mistake in the input (the message says what to do), 130 interrupted.',
  );

addQuickstart(program);
addInit(program);
addTrain(program);
addRecipes(program);
addEvaluate(program);
addLive(program);
addCalibrate(program);
addCompare(program);
addEnroll(program);
addGallery(program);
addIdentify(program);
addVerify(program);
addData(program);
addMiners(program);
addModels(program);
addExport(program);
addEngine(program);
addDoctor(program);
addCompletion(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  } else {
    const { code, message } = explain(error);
    if (process.argv.includes('--json')) {
      process.stdout.write(`${JSON.stringify({ event: 'error', code, message })}\n`);
    } else {
      process.stderr.write(`${message.startsWith('ft') ? '' : 'ft: '}${message}\n`);
    }
    process.exitCode = USAGE_ERROR;
  }
}

/** What went wrong, for people. A fault of the program is thrown on, with its stack. */
function explain(error: unknown): { code: string; message: string } {
  if (FtError.isInstance(error)) return error;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || path === undefined) throw error;
  return {
    code,
    message: `${path}: ${syscall} failed (${code}). Check the path, its permissions and the free space.`,
  };
}
