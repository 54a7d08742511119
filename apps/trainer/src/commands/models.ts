import { selectEngine, type EngineName } from '@ft/engine';
import { catalogEntry, describeArchitecture, modelCatalog, saveModel } from '@ft/models';
import type { Command } from 'commander';
import { withoutWeights } from '../create-network.ts';
import { requireFree } from '../run-directory.ts';
import { engineOption, outputOf } from './options.ts';

export function addModels(program: Command): void {
  const models = program.command('models').description('the networks that can be trained or fine-tuned');
  models
    .command('list')
    .description(
      'name every network, its size and input, and for trained weights their source, licence and training data',
    )
    .option('--json', 'print JSON lines')
    .action((_options, command: Command) => {
      const output = outputOf(command);
      for (const { name, summary, options, build, pretrained } of modelCatalog) {
        const architecture = build();
        const { parameters } = describeArchitecture(architecture);
        const { input, embeddingSize } = architecture;
        const size = `${(parameters / 1e6).toFixed(2)} M weights, ${input.height} x ${input.width} pixels, ${embeddingSize} numbers`;
        output.say(`${name.padEnd(16)} ${summary}. ${size}.`);
        if (options.length > 0) output.say(`${' '.repeat(17)}Options: ${options.join(', ')}.`);
        if (pretrained !== undefined) {
          const { source, license, trainingData } = pretrained;
          output.say(`${' '.repeat(17)}Trained weights: ${source}.`);
          output.say(`${' '.repeat(17)}Licence: ${license}.`);
          output.say(`${' '.repeat(17)}Trained on ${trainingData}.`);
        }
        output.event('model', { name, summary, parameters, input, embeddingSize, options, pretrained });
      }
    });
  models
    .command('save')
    .description(
      'save a network with its trained weights, for `ft eval`, `ft enroll`, `ft verify` and `ft calibrate`',
    )
    .argument('<name>', 'a network with trained weights, see `ft models list`')
    .argument('<dir>', 'the new folder')
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .addHelpText(
      'after',
      '\nExample: ft models save dlib-face-net models/dlib, then ft verify a.jpg b.jpg --model models/dlib',
    )
    .action(async (name: string, dir: string, { engine }: { engine?: EngineName }, command: Command) => {
      const output = outputOf(command);
      const { pretrained } = catalogEntry(name);
      if (pretrained === undefined) throw withoutWeights(name);
      await requireFree(dir);
      await selectEngine(engine === undefined ? {} : { require: engine });
      const model = await pretrained.load();
      const modelId = await saveModel(model, dir, { source: pretrained.source, faces: 'landmarks' });
      model.dispose();
      output.say(`Saved ${name} in ${dir}. Faces are aligned by their landmarks for it.`);
      output.event('saved', { name, directory: dir, modelId });
    });
}
