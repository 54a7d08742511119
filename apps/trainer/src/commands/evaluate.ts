import { resolve } from 'node:path';
import { selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { loadModel } from '@ft/models';
import type { Command } from 'commander';
import type { RunConfig } from '../config.ts';
import { findLfw, lfwEvaluation, prepareData } from '../data.ts';
import { evaluateModel } from '../evaluate-model.ts';
import { openRunDirectory } from '../run-directory.ts';
import { choiceOption, engineOption, outputOf } from './options.ts';

interface EvaluateOptions {
  readonly protocol?: 'lfw-view1' | 'lfw-view2' | 'pairs';
  readonly lfw?: string;
  readonly engine?: RunConfig['engine'];
}

export function addEvaluate(program: Command): void {
  program
    .command('eval')
    .description('measure the network of a run')
    .argument('<run>', 'folder of the run, such as runs/NAME')
    .option(
      '--protocol <name>',
      "lfw-view1, lfw-view2, or pairs of the run's own held-out people (what the run was measured on)",
      choiceOption('--protocol', ['lfw-view1', 'lfw-view2', 'pairs']),
    )
    .option('--lfw <dir>', "folder or archive of LFW (the run's own, FT_LFW_DIR, then ../shared/lfw)")
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft eval runs/lfw-semi-hard-seed1 --protocol lfw-view1')
    .action(async (run: string, { protocol, lfw, engine }: EvaluateOptions, command: Command) => {
      const output = outputOf(command);
      const { directory, config } = await openRunDirectory(run);
      await selectEngine(engine === undefined ? {} : { require: engine });
      const { model } = await loadModel(directory.model);
      const ownLfw = config.data.startsWith('lfw:') ? config.data.slice(4) : undefined;
      const wanted = protocol ?? (ownLfw === undefined ? 'pairs' : 'lfw-view1');
      if (wanted === 'pairs' && ownLfw !== undefined) {
        throw new InvalidArgumentError({
          where: 'ft eval',
          argument: '--protocol',
          expected: 'lfw-view1 or lfw-view2 for a run on LFW',
          got: wanted,
        });
      }
      const set =
        wanted === 'pairs'
          ? (await prepareData(config, output)).evaluation
          : await lfwEvaluation(
              (await findLfw(lfw ?? ownLfw)) ?? resolve('../shared/lfw'),
              wanted,
              config,
              output,
            );
      const result = await evaluateModel(model, set, output, `Measuring ${wanted}`);
      model.dispose();

      const seen = new Set((await directory.readJson('identities.json')) as string[]);
      const tested = new Set(Array.from(set.images.labels, (label) => set.images.identities[label]!));
      const overlap = [...tested].filter((identity) => seen.has(identity)).length;
      const { distances: _distances, roc: _roc, ...figures } = result;
      const evaluation = { run: directory.path, ...figures, peopleAlsoInTraining: overlap };
      await directory.writeJson(`evaluation-${wanted}.json`, evaluation);

      output.say(
        `${wanted}: accuracy ${result.accuracy!.toFixed(4)} ± ${result.standardError!.toFixed(4)} (standard error)`,
      );
      for (const { fold, accuracy, threshold } of result.folds) {
        output.say(
          `  fold ${String(fold + 1).padStart(2)}  accuracy ${accuracy.toFixed(4)}  threshold ${threshold.toFixed(4)}`,
        );
      }
      output.say(`  area under ROC ${result.auc.toFixed(4)}, equal error rate ${result.eer.rate.toFixed(4)}`);
      for (const { far, tar } of result.tarAtFar)
        output.say(`  true accept rate ${tar.toFixed(4)} at false accept rate ${far}`);
      if (overlap > 0) {
        output.say(
          `  Not a valid result: ${overlap} of the ${tested.size} people here were trained on. ` +
            'For View 2 a network has to be trained anew for each fold, on the people of the other nine.',
        );
      }
      output.event('evaluation', evaluation);
    });
}
