import { InvalidArgumentError } from '@ft/errors';
import type { Command } from 'commander';
import { newRunConfig, type RunChoices } from '../config.ts';
import { launch, type LaunchOptions } from '../launch.ts';
import { choiceOption, engineOption, jsonOption, numberOption, outputOf } from './options.ts';

/** The options that `train` and `quickstart` share. */
export function addRunOptions(command: Command): Command {
  return command
    .option(
      '--epochs <n>',
      'passes over the people (8, or what makes 200 steps)',
      numberOption('--epochs', { min: 1, integer: true }),
    )
    .option(
      '--people <P>',
      'people in a batch (24, or all there are)',
      numberOption('--people', { min: 2, integer: true }),
    )
    .option(
      '--images <K>',
      'images of each person in a batch (4)',
      numberOption('--images', { min: 2, integer: true }),
    )
    .option('--seed <n>', 'decides every random choice (1)', numberOption('--seed', { integer: true }))
    .addOption(engineOption())
    .option(
      '--checkpoint-every <steps>',
      'steps between two checkpoints (25)',
      numberOption('--checkpoint-every', { min: 1, integer: true }),
    )
    .option('--check-numerics', 'stop at the first operation that gives NaN or infinity, and name it (slow)')
    .option('--out <dir>', 'folder of the run (runs/NAME)')
    .option('--resume <run>', 'go on with an interrupted run, with its own settings')
    .option(
      '--on-damaged <what>',
      'skip (and count) or refuse images that cannot be read (skip)',
      choiceOption('--on-damaged', ['skip', 'refuse']),
    )
    .option('--json', 'print JSON lines');
}

export function addTrain(program: Command): void {
  addRunOptions(
    program.command('train').description('train a network and measure it on people it has not seen'),
  )
    .option('--data <source>', 'lfw:DIR, folder:DIR (a sub-folder for each person) or synthetic')
    .option('--miner <name>', 'mining strategy, see `ft miners list` (semi-hard)')
    .option('--miner-options <json>', 'its options, as a JSON object', jsonOption('--miner-options'))
    .option(
      '--plugins <package...>',
      'run the code of these miner plugins, which the project here depends on; --miner then takes PACKAGE/NAME',
    )
    .option(
      '--loss <name>',
      'triplet or contrastive (triplet)',
      choiceOption('--loss', ['triplet', 'contrastive']),
    )
    .option(
      '--margin <m>',
      'of the loss (triplet 0.2, contrastive 1)',
      numberOption('--margin', { above: 0 }),
    )
    .option('--learning-rate <r>', 'at its highest (0.001)', numberOption('--learning-rate', { above: 0 }))
    .option(
      '--size <pixels>',
      'height and width of the input',
      numberOption('--size', { min: 32, integer: true }),
    )
    .option(
      '--holdout <share>',
      'share of the people of a folder kept for measuring (0.2)',
      numberOption('--holdout', { above: 0, below: 1 }),
    )
    .addHelpText('after', '\nExample: ft train --data folder:photos --miner semi-hard --epochs 20')
    .action(async (options: RunChoices & LaunchOptions, command: Command) => {
      if (options.resume === undefined && options.data === undefined) {
        throw new InvalidArgumentError({
          where: 'ft train',
          argument: '--data',
          expected: 'lfw:DIR, folder:DIR or synthetic',
          got: undefined,
          remedy: 'Try --data synthetic.',
        });
      }
      await launch(options, (engine, versions) => newRunConfig(options, engine, versions), outputOf(command));
    });
}
