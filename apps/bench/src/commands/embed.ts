import type { EngineName } from '@ft/engine';
import type { Command } from 'commander';
import { choice, DEFAULT_QUEUE, engineNames, wholeNumber } from './options.ts';

/** What the command line says. */
export interface EmbedOptions {
  readonly data: string;
  readonly model: string;
  readonly out: string;
  readonly shard: number;
  readonly engine?: EngineName;
  readonly workers: number;
  readonly redis?: string;
  readonly queue: string;
}

export function addEmbed(program: Command, root: URL): void {
  program
    .command('embed')
    .description('embed a data set in shards, by one process or many, into one safetensors file')
    .requiredOption('--data <source>', 'folder:DIR, manifest:FILE or lfw:DIR')
    .requiredOption('--model <dir>', 'a bundle, such as runs/NAME/model')
    .requiredOption('--out <file>', 'embeddings [images, size], labels, and ids in the metadata')
    .option('--shard <n>', 'images of a job', wholeNumber('--shard', 1), 512)
    .option('--engine <name>', 'the engine (the fastest that works)', choice('--engine', engineNames))
    .option('--workers <n>', 'processes on this machine', wholeNumber('--workers', 1), 1)
    .option('--redis <url>', 'hand the shards to `ft-bench work` processes on any machine')
    .option('--queue <name>', 'name of the queue in Redis', DEFAULT_QUEUE)
    .action(async (options: EmbedOptions) => {
      const { embedDataSet } = await import('../embed/embed-data-set.ts');
      await embedDataSet(options, root);
    });
}
