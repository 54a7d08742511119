import { calibratedProbability, pairDistances } from '@ft/eval';
import type { Command } from 'commander';
import { openFaceModel, type FaceModelOptions } from '../face-model.ts';
import { calibrationOf } from '../saved-calibration.ts';
import { addFaceOptions } from './face-options.ts';
import { numberOption, outputOf } from './options.ts';

export function addVerify(program: Command): void {
  addFaceOptions(
    program.command('verify').description('say whether two images show one person, and how sure that is'),
  )
    .argument('<a>', 'an image')
    .argument('<b>', 'another one')
    .option(
      '--prior <share>',
      'share of such pairs that are of one person, for the probability (0.5)',
      numberOption('--prior', { above: 0, below: 1 }),
      0.5,
    )
    .addHelpText('after', '\nExample: ft verify a.jpg b.jpg --model runs/first')
    .action(async (a: string, b: string, options: FaceModelOptions & { prior: number }, command: Command) => {
      const output = outputOf(command);
      const model = await openFaceModel(options, output);
      const { point, thresholdInterval } = calibrationOf(model);
      const embeddings = await model.embedFiles([a, b]);
      model.dispose();
      const { dimension, measure } = model;
      const [distance] = pairDistances(embeddings, dimension, Int32Array.of(0), Int32Array.of(1), measure);
      const same = distance! < point.threshold;
      const probability = calibratedProbability(point.calibration, distance!, options.prior);
      const { low, high } = thresholdInterval;
      const reasons = [
        `The distance ${show(distance!)} is ${same ? 'below' : 'not below'} the threshold ${show(point.threshold)}.`,
        `That threshold accepted ${percent(point.far)} of the different pairs and rejected ${percent(point.frr)} of ` +
          `the same pairs that it was chosen on.`,
        ...(distance! >= low && distance! <= high
          ? [
              `Other people would have given a threshold from ${show(low)} to ${show(high)}: this is a close call.`,
            ]
          : []),
      ];
      output.say(
        `${same ? 'One person' : 'Two people'} (probability of one person ${probability.toFixed(3)}, where ` +
          `${percent(options.prior)} of such pairs are)`,
      );
      for (const reason of reasons) output.say(`  ${reason}`);
      output.event('verification', {
        a,
        b,
        decision: same ? 'same' : 'different',
        distance,
        threshold: point.threshold,
        thresholdInterval,
        probability,
        prior: options.prior,
        reasons,
      });
    });
}

const show = (value: number) => String(Number(value.toPrecision(4)));
const percent = (share: number) => `${show(100 * share)} %`;
