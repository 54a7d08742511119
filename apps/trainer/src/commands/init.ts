import { access } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { imageFolder } from '@ft/datasets';
import { FtError } from '@ft/errors';
import type { Command } from 'commander';
import { countValues } from '../count-values.ts';
import { outputOf } from './options.ts';

const NAMES = ['ft.config.ts', 'ft.config.js', 'ft.config.json'];

/** There is a configuration already. */
class ConfigExistsError extends FtError {
  static override readonly code: string = 'FT_CONFIG_EXISTS';
}

export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented ft.config.ts here, for a folder of your own people')
    .argument('<folder>', 'a sub-folder for each person, with photographs of the person')
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft init photos, then ft train')
    .action(async (folder: string, _options, command: Command) => {
      const output = outputOf(command);
      for (const name of NAMES) {
        if (await exists(name)) {
          throw new ConfigExistsError(`${name} is here already. Edit it, or move it away and repeat.`);
        }
      }
      const { images } = await imageFolder(folder);
      const counts = countValues(images.map(({ identity }) => identity));
      const usable = [...counts.values()].filter((count) => count >= 2).length;
      const [file] = NAMES;
      await writeFileAtomic(file!, template(relative('.', resolve(folder)) || '.', usable));
      output.say(
        `Wrote ${file} for ${images.length} images of ${counts.size} people, ${usable} of them with two images or more. ` +
          'Look at the faces with `ft data inspect`, then start with `ft train`.',
      );
      output.event('init', { file, images: images.length, people: counts.size, usable });
    });
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Few people are better served by a network that knows faces already. */
function template(folder: string, people: number): string {
  const batch = Math.max(2, Math.min(24, Math.floor(people * 0.8)));
  return `// Settings of \`ft train\` in this project. Flags win over what stands here; docs/configuration.md has every field.
export default {
  // Packages among this project's dependencies whose miners may run, e.g. 'ft-miner-example'.
  plugins: [],
  train: {
    // A sub-folder for each person.
    data: ${JSON.stringify(`folder:${folder}`)},
    // Turn and scale faces by their landmarks (needs the package @vladmandic/face-api).
    align: true,
    // Begin with a network that knows faces, and train its last blocks.
    // For a network of your own from nothing: model: { name: 'small-cnn' }, learningRate: 0.001, miner: { name: 'semi-hard' }.
    model: { name: 'dlib-face-net', pretrained: true, frozen: 'stage3' },
    learningRate: 0.000001,
    optimizer: { name: 'adamw', weightDecay: 0 },
    // Which triplets are learned from, see \`ft miners list\`.
    loss: 'triplet',
    margin: 0.2,
    miner: {
      name: 'triplet-margin',
      options: { type: 'semi-hard', margin: 0.2, measure: 'squared-euclidean' },
    },
    // A batch has so many people, with so many images each.
    people: ${batch},
    images: 4,
    epochs: 20,
    // Share of the people kept for measuring. Nobody of them is trained on.
    holdout: 0.2,
  },
};
`;
}
