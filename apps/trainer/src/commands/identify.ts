import { createGallery, decide, type Aggregation, type DecisionRules } from '@ft/eval';
import { InvalidArgumentError } from '@ft/errors';
import { openGallery } from '@ft/gallery';
import type { Command } from 'commander';
import { openFaceModel, type FaceModelOptions } from '../face-model.ts';
import { calibrationOf } from '../saved-calibration.ts';
import { addFaceOptions } from './face-options.ts';
import { choiceOption, numberOption, outputOf } from './options.ts';

interface IdentifyOptions extends FaceModelOptions {
  readonly gallery: string;
  readonly aggregation: Aggregation;
  readonly minimumMargin?: number;
  readonly minimumImages?: number;
  readonly vote?: NonNullable<DecisionRules['vote']>;
}

export function addIdentify(program: Command): void {
  addFaceOptions(
    program
      .command('identify')
      .description('say who is on images, or that it is nobody in the gallery, and why'),
  )
    .argument('<files...>', 'images')
    .requiredOption('--gallery <where>', 'what `ft enroll` wrote')
    .option(
      '--aggregation <name>',
      "a person's distance: nearest image, mean of all, or of the centroid (nearest)",
      choiceOption('--aggregation', ['nearest', 'mean', 'centroid']),
      'nearest',
    )
    .option(
      '--minimum-margin <d>',
      'by how much the second person must be farther (0)',
      numberOption('--minimum-margin', { min: 0 }),
    )
    .option(
      '--minimum-images <n>',
      'fewest enrolled images of a person who may be named (1)',
      numberOption('--minimum-images', { min: 1, integer: true }),
    )
    .option(
      '--vote <k,share>',
      'share of the k nearest images that must be of the person, e.g. 5,0.6',
      readVote,
    )
    .addHelpText('after', '\nExample: ft identify --model runs/first --gallery people door.jpg')
    .action(async (files: string[], options: IdentifyOptions, command: Command) => {
      const output = outputOf(command);
      const model = await openFaceModel(options, output);
      const { identification: point } = calibrationOf(model);
      const durable = await openGallery(options.gallery);
      const contents = await durable.export().finally(() => durable.close());
      if (contents.names.length === 0) {
        throw new InvalidArgumentError({
          where: 'ft identify',
          argument: '--gallery',
          expected: 'a gallery with people',
          got: `${options.gallery}, which is empty`,
        });
      }
      const gallery = createGallery({ ...contents, aggregation: options.aggregation });
      const { policy } = point;
      if (policy.kind === 'fpir' && gallery.people.length > policy.people) {
        output.say(
          `The threshold is for ${policy.people} people and this gallery has ${gallery.people.length}, so more than ` +
            `${100 * policy.limit} % of strangers will be named. Run ft calibrate with --enrolled ${gallery.people.length}.`,
        );
      }
      const { minimumMargin, minimumImages, vote } = options;
      const rules: DecisionRules = {
        point,
        ...(minimumMargin === undefined ? {} : { minimumMargin }),
        ...(minimumImages === undefined ? {} : { minimumImages }),
        ...(vote === undefined ? {} : { vote }),
      };
      const embeddings = await model.embedFiles(files);
      model.dispose();
      for (const [i, file] of files.entries()) {
        const probe = embeddings.subarray(i * model.dimension, (i + 1) * model.dimension);
        const decision = decide(gallery, probe, rules);
        const answer = decision.name ?? (decision.outcome === 'rejected' ? 'nobody enrolled' : 'undecided');
        output.say(`${file}: ${answer} (probability ${decision.probability.toFixed(3)})`);
        for (const { text } of decision.reasons) output.say(`  ${text}`);
        output.event('decision', { file, ...decision });
      }
    });
}

function readVote(text: string): { k: number; share: number } {
  const [k, share, ...rest] = text.split(',').map(Number);
  if (Number.isInteger(k) && k! >= 1 && share! > 0 && share! <= 1 && rest.length === 0) {
    return { k: k!, share: share! };
  }
  throw new InvalidArgumentError({
    where: 'ft identify',
    argument: '--vote',
    expected: 'a whole number from 1 and a share above 0 and at most 1, such as 5,0.6',
    got: text,
  });
}
