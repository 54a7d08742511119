import type { Command } from 'commander';
import { newRunConfig } from '../config.ts';
import { fixedInputSize } from '../create-network.ts';
import { findLfw } from '../data.ts';
import { launch, type LaunchOptions } from '../launch.ts';
import { outputOf } from './options.ts';
import { addRunOptions, choicesFrom, type RunFlags } from './run-options.ts';

export function addQuickstart(program: Command): void {
  addRunOptions(
    program
      .command('quickstart')
      .description(
        'train for a few minutes on LFW where it is found, else on drawn faces, and show what was learned',
      ),
  )
    .option('--lfw <dir>', 'folder or archive of LFW (FT_LFW_DIR, then ../shared/lfw)')
    .action(async (options: RunFlags & LaunchOptions & { lfw?: string }, command: Command) => {
      const output = outputOf(command);
      const lfw = options.resume === undefined ? await findLfw(options.lfw) : undefined;
      if (options.resume === undefined) {
        output.say(
          lfw === undefined
            ? 'LFW was not found (--lfw DIR, FT_LFW_DIR, ../shared/lfw), so this run uses synthetic identities: drawn faces.'
            : `Using Labeled Faces in the Wild from ${lfw}.`,
        );
      }
      const data = lfw === undefined ? 'synthetic' : `lfw:${lfw}`;
      const choices = await choicesFrom(options);
      await launch(
        options,
        (engine, versions) => newRunConfig({ ...choices, data }, engine, versions, fixedInputSize),
        output,
      );
    });
}
