import { InvalidArgumentError } from '@ft/errors';
import type { ThresholdPolicy } from '@ft/eval';
import { saveCalibration } from '@ft/models';
import type { Command } from 'commander';
import { calibrateModel, type CalibrationChoices } from '../calibrate-model.ts';
import { openFaceModel, type FaceModelOptions } from '../face-model.ts';
import { labelledFaces } from '../labelled-faces.ts';
import { addFaceOptions } from './face-options.ts';
import { choiceOption, numberOption, outputOf } from './options.ts';

interface CalibrateCommandOptions extends FaceModelOptions, CalibrationChoices {
  readonly data?: string;
}

export function addCalibrate(program: Command): void {
  addFaceOptions(
    program
      .command('calibrate')
      .description('choose the threshold of a network on people it has not seen, and keep both together'),
  )
    .option('--data <source>', "folder:DIR or lfw:DIR (the people that the network's own run held out)")
    .option(
      '--policy <policy>',
      'far=LIMIT, eer, accuracy, or cost=FALSE_ACCEPT,FALSE_REJECT,SHARE_OF_SAME_PAIRS (eer)',
      readPolicy,
      { kind: 'eer' },
    )
    .option(
      '--method <name>',
      'of the probabilities: platt, temperature or isotonic (platt)',
      choiceOption('--method', ['platt', 'temperature', 'isotonic']),
      'platt',
    )
    .option(
      '--fpir <limit>',
      'of a second threshold, for ft identify: the share of strangers for whom somebody may be named (0.01)',
      numberOption('--fpir', { above: 0, below: 1 }),
      0.01,
    )
    .option(
      '--enrolled <n>',
      'people in the gallery that it is for; the more, the tighter (half of the people there are)',
      numberOption('--enrolled', { min: 1, integer: true }),
    )
    .addHelpText('after', '\nExample: ft calibrate --model runs/first --data folder:others --policy far=1e-3')
    .action(async (options: CalibrateCommandOptions, command: Command) => {
      const output = outputOf(command);
      const model = await openFaceModel(options, output);
      const faces = await labelledFaces(options.data, model, output);
      const embeddings = await model.embed(faces.images);
      model.dispose();
      const saved = calibrateModel(model, faces, embeddings, options);
      await saveCalibration(model.directory, model.modelId, saved);
      const { point, identification, thresholdInterval: interval, people } = saved;
      output.say(
        `Threshold ${show(point.threshold)} (95 % interval ${show(interval.low)} to ${show(interval.high)}), from ` +
          `${point.pairs.same} same and ${point.pairs.different} different pairs of ${people} people.`,
      );
      output.say(
        `  false accept rate ${show(point.far)}, false reject rate ${show(point.frr)} on those pairs. Kept in ${model.directory}.`,
      );
      if (point.policy.kind === 'far' && point.policy.limit * point.pairs.different < 1) {
        output.say(
          `  ${point.pairs.different} different pairs cannot show a false accept rate of ${point.policy.limit}: the ` +
            'threshold lets none of them pass, and what it does with more is not known.',
        );
      }
      const { limit, people: enrolled } = identification.policy as Extract<ThresholdPolicy, { kind: 'fpir' }>;
      output.say(
        `Threshold ${show(identification.threshold)} for naming one of ${enrolled} people: somebody is named for ` +
          `${show(100 * limit)} % of strangers.`,
      );
      output.event('calibration', { model: model.directory, ...saved });
    });
}

const show = (value: number) => String(Number(value.toPrecision(4)));

function readPolicy(text: string): ThresholdPolicy {
  const [kind, value = ''] = text.split('=', 2);
  const numbers = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [first, second, third] = numbers as [number, number?, number?];
  if ((kind === 'eer' || kind === 'accuracy') && value === '') return { kind };
  if (kind === 'far' && numbers.length === 1 && first > 0 && first < 1) return { kind, limit: first };
  if (kind === 'cost' && numbers.length === 3 && first > 0 && second! > 0 && third! > 0 && third! < 1) {
    return { kind, falseAccept: first, falseReject: second!, prior: third! };
  }
  throw new InvalidArgumentError({
    where: 'ft calibrate',
    argument: '--policy',
    expected:
      'far=LIMIT with a limit above 0 and below 1, eer, accuracy, or cost=FALSE_ACCEPT,FALSE_REJECT,SHARE',
    got: text,
  });
}
