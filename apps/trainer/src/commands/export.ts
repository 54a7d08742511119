import { selectEngine } from '@ft/engine';
import { exportOnnx, exportTfjsLayers, loadModel } from '@ft/models';
import type { Command } from 'commander';
import type { RunConfig } from '../config.ts';
import { openRunDirectory } from '../run-directory.ts';
import { choiceOption, engineOption, outputOf } from './options.ts';

interface ExportOptions {
  readonly to: 'tfjs' | 'onnx';
  readonly out: string;
  readonly engine?: RunConfig['engine'];
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description("write a run's network for other programs")
    .argument('<run>', 'folder of the run, such as runs/NAME')
    .requiredOption(
      '--to <format>',
      'tfjs (a folder for tf.loadLayersModel) or onnx (a file)',
      choiceOption('--to', ['tfjs', 'onnx']),
    )
    .requiredOption('--out <path>', 'folder for tfjs, file for onnx')
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft export runs/lfw-semi-hard-seed1 --to onnx --out faces.onnx')
    .action(async (run: string, { to, out, engine }: ExportOptions, command: Command) => {
      const output = outputOf(command);
      const { directory } = await openRunDirectory(run);
      await selectEngine(engine === undefined ? {} : { require: engine });
      const { model, modelId } = await loadModel(directory.model);
      await (to === 'onnx' ? exportOnnx(model, out) : exportTfjsLayers(model, out));
      const { input, embeddingSize } = model.architecture;
      model.dispose();
      output.say(
        `${out}: float32 [batch, ${input.height}, ${input.width}, 3] of RGB in 0..255 to [batch, ${embeddingSize}]. Model ${modelId.slice(0, 12)}.`,
      );
      output.event('exported', { format: to, path: out, modelId });
    });
}
