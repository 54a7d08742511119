import { writeFileAtomic } from '@ft/atomic-file';
import { InvalidArgumentError } from '@ft/errors';
import { openGallery } from '@ft/gallery';
import type { Command } from 'commander';
import { outputOf } from './options.ts';

export function addGallery(program: Command): void {
  const gallery = program.command('gallery').description('who is enrolled, and who is not any more');
  gallery
    .command('list')
    .description('name everybody, with their images')
    .argument('<gallery>', 'what `ft enroll` wrote')
    .option('--json', 'print JSON lines')
    .action(async (where: string, _options, command: Command) => {
      const output = outputOf(command);
      const opened = await openGallery(where);
      const people = await opened.list().finally(() => opened.close());
      for (const { person, images, enrolledAt } of people) {
        output.say(
          `${person.padEnd(32)} ${String(images).padStart(4)} images, last ${enrolledAt.toISOString()}`,
        );
        output.event('person', { person, images, enrolledAt });
      }
      output.say(`${people.length} people, of the model ${opened.model}`);
    });
  gallery
    .command('remove')
    .description('forget a person, with all their images')
    .argument('<gallery>', 'what `ft enroll` wrote')
    .argument('<person>', 'name')
    .option('--json', 'print JSON lines')
    .action(async (where: string, person: string, _options, command: Command) => {
      const output = outputOf(command);
      const opened = await openGallery(where);
      const images = await opened.remove(person).finally(() => opened.close());
      if (images === 0) {
        throw new InvalidArgumentError({
          where: 'ft gallery remove',
          argument: 'person',
          expected: `somebody in ${where}`,
          got: person,
          remedy: `See: ft gallery list ${where}`,
        });
      }
      output.say(`Removed ${person}, ${images} images.`);
      output.event('removed', { person, images });
    });
  gallery
    .command('export')
    .description('write everything to a JSON file')
    .argument('<gallery>', 'what `ft enroll` wrote')
    .argument('<file>', 'to write')
    .option('--json', 'print JSON lines')
    .action(async (where: string, file: string, _options, command: Command) => {
      const output = outputOf(command);
      const opened = await openGallery(where);
      const { names, images, enrolledAt, embeddings, ...network } = await opened
        .export()
        .finally(() => opened.close());
      const entries = names.map((person, i) => ({
        person,
        image: images[i],
        enrolledAt: enrolledAt[i],
        embedding: Array.from(embeddings.subarray(i * network.dimension, (i + 1) * network.dimension)),
      }));
      await writeFileAtomic(file, `${JSON.stringify({ ...network, entries })}\n`);
      output.say(`${entries.length} images in ${file}`);
      output.event('exported', { file, images: entries.length });
    });
}
