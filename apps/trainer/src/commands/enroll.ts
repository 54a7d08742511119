import { InvalidArgumentError } from '@ft/errors';
import { openGallery } from '@ft/gallery';
import type { Command } from 'commander';
import { openFaceModel, type FaceModelOptions } from '../face-model.ts';
import { imageId, namedImages } from '../named-images.ts';
import { addFaceOptions } from './face-options.ts';
import { outputOf } from './options.ts';

export function addEnroll(program: Command): void {
  addFaceOptions(program.command('enroll').description('add people to a gallery that `ft identify` looks in'))
    .argument(
      '<people...>',
      'PERSON=FILE with more files of that person after it, or a folder with a sub-folder for each person',
    )
    .requiredOption('--gallery <where>', 'folder, made where missing, or postgres://user@host/database')
    .addHelpText(
      'after',
      '\nExample: ft enroll --model runs/first --gallery people Ann=ann1.jpg ann2.jpg Bo=bo.jpg',
    )
    .action(async (people: string[], options: FaceModelOptions & { gallery: string }, command: Command) => {
      const output = outputOf(command);
      const named = await namedImages(people);
      if (named.length === 0) {
        throw new InvalidArgumentError({
          where: 'ft enroll',
          argument: 'people',
          expected: 'at least one image',
          got: people.join(' '),
        });
      }
      const model = await openFaceModel(options, output);
      const { id, dimension, measure } = model;
      const embeddings = await model.embedFiles(named.map(({ file }) => file));
      model.dispose();
      const entries = await Promise.all(
        named.map(async ({ person, file }, i) => ({
          person,
          image: await imageId(file),
          embedding: embeddings.subarray(i * dimension, (i + 1) * dimension),
        })),
      );
      const gallery = await openGallery(options.gallery, { network: { model: id, dimension, measure } });
      const { added, replaced } = await gallery.enroll(entries).finally(() => gallery.close());
      const count = new Set(named.map(({ person }) => person)).size;
      output.say(
        `Enrolled ${count} ${count === 1 ? 'person' : 'people'}: ${added} new images, ${replaced} that were there already.`,
      );
      output.event('enrolled', { gallery: options.gallery, model: id, people: count, added, replaced });
    });
}
