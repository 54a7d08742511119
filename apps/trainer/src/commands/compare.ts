import { writeFileAtomic } from '@ft/atomic-file';
import { InvalidArgumentError } from '@ft/errors';
import { renderReport } from '@ft/report';
import type { Command } from 'commander';
import { compareRuns, comparisonSections, type EvaluatedRun } from '../compare-runs.ts';
import { pText, type ModelEvaluation } from '../evaluate-model.ts';
import { openRunDirectory } from '../run-directory.ts';
import { outputOf } from './options.ts';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description(
      'set runs that were measured on the same pairs side by side, and say which differences are real',
    )
    .argument('<runs...>', 'folders of runs; the others are compared with the first')
    .option('--html <file>', 'write the comparison as a page, too')
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft compare runs/random runs/semi-hard --html compare.html')
    .action(async (names: string[], { html }: { html?: string }, command: Command) => {
      const output = outputOf(command);
      if (names.length < 2) {
        throw new InvalidArgumentError({
          where: 'ft compare',
          argument: 'runs',
          expected: 'two or more',
          got: names.join(' '),
        });
      }
      const runs = await Promise.all(names.map(evaluatedRun));
      const comparisons = compareRuns(runs);
      for (const { name, evaluation } of runs) {
        const { accuracy, standardError, auc, eer } = evaluation;
        output.say(
          `${name}: accuracy ${accuracy!.toFixed(4)} ± ${standardError!.toFixed(4)}, area under ROC ${auc.toFixed(4)}, ` +
            `equal error rate ${eer.rate.toFixed(4)}`,
        );
      }
      for (const { run, baseline, mcnemar, auc } of comparisons) {
        const { low, high } = auc.interval;
        output.say(
          `${run} against ${baseline}: area under ROC ${auc.difference.toFixed(4)} (95 % ${low.toFixed(4)} to ` +
            `${high.toFixed(4)}, ${pText(auc.pValue)}); alone right in ${mcnemar.onlySecond} pairs, the other ` +
            `in ${mcnemar.onlyFirst} (McNemar ${pText(mcnemar.pValue)})`,
        );
      }
      if (html !== undefined) {
        const title = `${names.length} runs on the same pairs`;
        await writeFileAtomic(
          html,
          await renderReport({ title, sections: comparisonSections(runs, comparisons) }),
        );
        output.say(`Page: ${html}`);
      }
      output.event('comparison', { runs: names, comparisons });
    });
}

async function evaluatedRun(path: string): Promise<EvaluatedRun> {
  const { directory } = await openRunDirectory(path);
  const evaluation = (await directory.readJson('evaluation.json')) as ModelEvaluation | undefined;
  if (evaluation?.pairsId === undefined) {
    throw new InvalidArgumentError({
      where: 'ft compare',
      argument: path,
      expected: 'a run that was trained to its end by this release',
      got: evaluation === undefined ? 'no evaluation.json' : 'an evaluation.json without its pairs',
    });
  }
  return { name: path, evaluation };
}
