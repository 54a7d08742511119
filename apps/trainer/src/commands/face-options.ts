import type { Command } from 'commander';
import { choiceOption, engineOption } from './options.ts';

/** The options of every command that embeds images with a network. */
export function addFaceOptions(command: Command): Command {
  return command
    .requiredOption('--model <bundle>', 'folder of a run, such as runs/NAME, or of a model')
    .option(
      '--crop <name>',
      'which square of an image is the face: centre, the largest one, or lfw (that of its training)',
      choiceOption('--crop', ['centre', 'lfw']),
    )
    .addOption(engineOption())
    .option('--json', 'print JSON lines');
}
