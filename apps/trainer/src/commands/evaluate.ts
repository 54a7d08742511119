import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { loadModel, type EmbeddingModel } from '@ft/models';
import type { Command } from 'commander';
import type { RunConfig } from '../config.ts';
import { findLfw, lfwEvaluation, prepareData, type DataConfig } from '../data.ts';
import { evaluateModel } from '../evaluate-model.ts';
import { evaluateOnFaces } from '../evaluate-on-faces.ts';
import { savedMetric } from '../learn-run-metric.ts';
import { openRunDirectory, type RunDirectory } from '../run-directory.ts';
import { choiceOption, engineOption, outputOf } from './options.ts';

interface EvaluateOptions {
  readonly protocol?: 'lfw-view1' | 'lfw-view2' | 'pairs';
  readonly lfw?: string;
  readonly engine?: RunConfig['engine'];
  readonly data?: string;
  readonly crop?: 'centre' | 'lfw';
  readonly out?: string;
}

export function addEvaluate(program: Command): void {
  program
    .command('eval')
    .description('measure the network of a run, or a model')
    .argument('<run>', 'folder of a run, such as runs/NAME, or of a model')
    .option(
      '--protocol <name>',
      "lfw-view1, lfw-view2, or pairs of the run's own held-out people (what the run was measured on)",
      choiceOption('--protocol', ['lfw-view1', 'lfw-view2', 'pairs']),
    )
    .option('--data <source>', 'measure on people of your own, in every way there is: folder:DIR, or lfw:DIR')
    .option(
      '--crop <name>',
      'with --data, which square of an image is the face: centre, the largest one, or lfw (that of its training)',
      choiceOption('--crop', ['centre', 'lfw']),
    )
    .option('--out <dir>', 'with --data, where page, JSON and CSV files go (RUN/evaluation-NAME)')
    .option('--lfw <dir>', "folder or archive of LFW (the run's own, FT_LFW_DIR, then ../shared/lfw)")
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .addHelpText(
      'after',
      '\nExamples: ft eval runs/lfw-semi-hard-seed1 --protocol lfw-view1' +
        '\n          ft eval runs/first --data folder:people',
    )
    .action(async (run: string, options: EvaluateOptions, command: Command) => {
      const output = outputOf(command);
      const { protocol, lfw, engine, data } = options;
      if (data !== undefined) {
        await evaluateOnFaces({ ...options, data, model: run }, output);
        return;
      }
      await selectEngine(engine === undefined ? {} : { require: engine });
      const { model, config, directory } = await openSubject(run);
      const ownLfw = config.data.startsWith('lfw:') ? config.data.slice(4) : undefined;
      const wanted = protocol ?? (directory !== undefined && ownLfw === undefined ? 'pairs' : 'lfw-view1');
      if (wanted === 'pairs' && (directory === undefined || ownLfw !== undefined)) {
        throw new InvalidArgumentError({
          where: 'ft eval',
          argument: '--protocol',
          expected: 'lfw-view1 or lfw-view2 for a run on LFW or a model without a run',
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
      const saved = await directory?.readJson('metric.json');
      const withMetric =
        saved === undefined
          ? undefined
          : await evaluateModel(model, set, output, `Measuring ${wanted} with the learned metric`, {
              distances: savedMetric(saved),
            });
      model.dispose();

      const seen = new Set(((await directory?.readJson('identities.json')) ?? []) as string[]);
      const tested = new Set(Array.from(set.images.labels, (label) => set.images.identities[label]!));
      const overlap = [...tested].filter((identity) => seen.has(identity)).length;
      const {
        distances: _d,
        roc: _r,
        same: _s,
        identityA: _a,
        identityB: _b,
        right: _c,
        ...figures
      } = result;
      const metric = withMetric && {
        accuracy: withMetric.accuracy!,
        standardError: withMetric.standardError!,
        auc: withMetric.auc,
      };
      const evaluation = {
        ...(directory && { run: directory.path }),
        ...figures,
        ...(metric && { metric }),
        peopleAlsoInTraining: overlap,
      };
      await directory?.writeJson(`evaluation-${wanted}.json`, evaluation);

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
      if (metric !== undefined) {
        output.say(
          `  with the learned metric: accuracy ${metric.accuracy.toFixed(4)} ± ${metric.standardError.toFixed(4)}, ` +
            `area under ROC ${metric.auc.toFixed(4)}`,
        );
      }
      if (overlap > 0) {
        output.say(
          `  Not a valid result: ${overlap} of the ${tested.size} people here were trained on. ` +
            'For View 2 a network has to be trained anew for each fold, on the people of the other nine.',
        );
      }
      output.event('evaluation', evaluation);
    });
}

/** The network of a run or of a bundle, and how images are prepared for it. */
async function openSubject(
  path: string,
): Promise<{ model: EmbeddingModel; config: DataConfig; directory?: RunDirectory }> {
  if (existsSync(join(path, 'config.json')) || !existsSync(join(path, 'model.json'))) {
    const { directory, config } = await openRunDirectory(path);
    const { model } = await loadModel(directory.model);
    return { model, config, directory };
  }
  const { model, metadata } = await loadModel(path);
  const { name, input } = model.architecture;
  return {
    model,
    config: {
      data: '',
      onDamaged: 'refuse',
      holdout: 0.2,
      seed: 1,
      align: metadata['faces'] === 'landmarks',
      model: { name, size: input.height },
    },
  };
}
