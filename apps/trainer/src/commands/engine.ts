import { installEngine, uninstallEngine, type InstallOptions } from '@ft/engine';
import type { Command } from 'commander';
import { type Progress } from '../console-output.ts';
import { outputOf } from './options.ts';

export function addEngine(program: Command): void {
  const engine = program.command('engine').description('the native TensorFlow engine');
  engine
    .command('install')
    .description('fetch TensorFlow and build the native engine into the cache folder (FT_CACHE_DIR), once')
    .option(
      '--from <place>',
      'a TensorFlow wheel file, an unpacked package, or `official`: the binary of tfjs-node itself (FT_TF_WHEEL, FT_TF_DIR, else pip or PyPI)',
    )
    .option('--gpu', 'the build for NVIDIA GPUs, with its CUDA libraries')
    .option('--json', 'print JSON lines')
    .action(async ({ from, gpu }: { from?: string; gpu?: boolean }, command: Command) => {
      const output = outputOf(command);
      let step = '';
      let bar: Progress | undefined;
      const onProgress: InstallOptions['onProgress'] = (progress) => {
        if (progress.step !== step) {
          bar?.end();
          step = progress.step;
          output.say(`▸ ${progress.text}`);
          output.event('engine', { step, text: progress.text });
          bar = output.progress(' ');
        }
        if (progress.done !== undefined && progress.total !== undefined) {
          bar!.update(progress.done, progress.total, `${Math.round(progress.done / 1e6)} MB`);
        }
      };
      const installed = await installEngine({
        ...(from === undefined ? {} : { from }),
        ...(gpu === undefined ? {} : { gpu }),
        onProgress,
      }).finally(() => bar?.end());
      const { manifest, directory, isNew, newer } = installed;
      if (isNew) output.say(`TensorFlow ${manifest.tensorflow} is installed in ${directory}`);
      if (newer !== undefined) {
        output.say(
          `TensorFlow ${newer.manifest.tensorflow} in ${newer.directory} is newer and is the one that is used; remove it to use ${manifest.tensorflow}`,
        );
      }
      output.event('engine', { step: 'done', tensorflow: manifest.tensorflow, directory, isNew });
    });
  engine
    .command('uninstall')
    .description('remove the native engine from the cache folder')
    .option('--json', 'print JSON lines')
    .action(async (_options, command: Command) => {
      const output = outputOf(command);
      const removed = await uninstallEngine();
      output.say(removed.length === 0 ? 'No native engine is installed.' : `Removed ${removed.join(', ')}`);
      output.event('engine', { step: 'uninstalled', removed });
    });
}
