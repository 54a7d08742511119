import { InvalidArgumentError } from '@ft/errors';
import type { Command } from 'commander';
import { newRunConfig } from '../config.ts';
import { fixedInputSize } from '../create-network.ts';
import { launch, type LaunchOptions } from '../launch.ts';
import { outputOf } from './options.ts';
import { addRunOptions, addTrainOptions, choicesFrom, type TrainFlags } from './run-options.ts';

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a network and measure it on people it has not seen');
  addTrainOptions(addRunOptions(command))
    .addHelpText(
      'after',
      '\nExamples: ft train --data folder:photos --epochs 20' +
        '\n          ft train --recipe lfw-finetune --data lfw:LFW_FOLDER',
    )
    .action(async (options: TrainFlags & LaunchOptions, self: Command) => {
      const { data, ...choices } = await choicesFrom(options);
      if (options.resume === undefined && data === undefined) {
        throw new InvalidArgumentError({
          where: 'ft train',
          argument: '--data',
          expected: 'lfw:DIR, folder:DIR or synthetic',
          got: undefined,
          remedy: 'Try --data synthetic.',
        });
      }
      await launch(
        options,
        (engine, versions) => newRunConfig({ ...choices, data: data! }, engine, versions, fixedInputSize),
        outputOf(self),
      );
    });
}
