import { prepareLfw, type LfwVariant } from '@ft/datasets-lfw';
import type { Command } from 'commander';
import { choiceOption, outputOf } from './options.ts';

interface PrepareOptions {
  readonly variant: LfwVariant;
  readonly mirror?: string[];
}

export function addDataPrepareLfw(data: Command): void {
  data
    .command('prepare-lfw')
    .description(
      'download what a folder lacks of Labeled Faces in the Wild (for non-commercial research), and check it',
    )
    .argument('<dir>', 'folder for the lists and the archive')
    .option(
      '--variant <name>',
      'original, funneled or deep-funneled',
      choiceOption('--variant', ['original', 'funneled', 'deep-funneled']),
      'deep-funneled' as const,
    )
    .option('--mirror <url...>', 'addresses of folders that hold the files, instead of the public ones')
    .option('--json', 'print JSON lines')
    .action(async (dir: string, { variant, mirror }: PrepareOptions, command: Command) => {
      const output = outputOf(command);
      let current = '';
      let progress = output.progress('');
      const folder = await prepareLfw({
        dir,
        variant,
        ...(mirror === undefined ? {} : { mirrors: mirror }),
        onProgress: ({ file, done, total }) => {
          if (file !== current) {
            progress.end();
            progress = output.progress(`Downloading ${file}`);
            current = file;
          }
          if (total !== undefined) progress.update(done, total);
        },
      }).finally(() => progress.end());
      output.say(`LFW (${variant}) is in ${folder}. Train on it with: ft train --data lfw:${dir}`);
      output.event('prepared', { folder, variant });
    });
}
