import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { renderReport, sectionCsv } from '@ft/report';
import type { Output } from './console-output.ts';
import { evaluateFaces } from './evaluate-faces.ts';
import { openFaceModel, type FaceModelOptions } from './face-model.ts';
import { faceReport } from './face-report.ts';
import { labelledFaces } from './labelled-faces.ts';

/** `ft eval --data`: measures a network on a folder of people and writes page, JSON and CSV files. */
export async function evaluateOnFaces(
  options: FaceModelOptions & { readonly data: string; readonly out?: string },
  output: Output,
): Promise<void> {
  const model = await openFaceModel(options, output);
  const faces = await labelledFaces(options.data, model, output);
  const embeddings = await model.embed(faces.images);
  model.dispose();
  const result = evaluateFaces(model, faces.images, embeddings);
  const sections = await faceReport(faces, result);

  const directory =
    options.out ?? join(options.model, `evaluation-${basename(options.data.replace(/^\w+:/, '')) || 'data'}`);
  await mkdir(join(directory, 'csv'), { recursive: true });
  const { rows: _rows, pairs: _pairs, band: _band, projection: _projection, ...figures } = result;
  const { roc: _roc, ...verification } = figures.verification;
  const { peopleAlsoInTraining } = faces;
  const evaluation = {
    model: model.id,
    data: options.data,
    peopleAlsoInTraining,
    ...figures,
    verification,
  };
  await writeFileAtomic(
    join(directory, 'evaluation.json'),
    `${JSON.stringify({ ...evaluation, verification: figures.verification }, null, 2)}\n`,
  );
  for (const section of sections) {
    const file = `${section.heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')}.csv`;
    await writeFileAtomic(join(directory, 'csv', file), sectionCsv(section));
  }
  const report = join(directory, 'report.html');
  await writeFileAtomic(report, await renderReport({ title: `${faces.name}, ${options.model}`, sections }));

  const { intervals, identification, decision } = result;
  const { estimate, interval } = intervals.auc;
  output.say(
    `${faces.name}: area under ROC ${estimate.toFixed(4)} (95 % interval ${interval.low.toFixed(4)} to ` +
      `${interval.high.toFixed(4)}), equal error rate ${intervals.eer.estimate.toFixed(4)}`,
  );
  output.say(
    `  nearest person right ${identification.cmc[0]!.toFixed(4)}, ${identification.people} enrolled with one image each`,
  );
  for (const { mode, right, wrong } of decision) {
    output.say(
      `  ${mode.padEnd(12)} ${right.toFixed(4)} decided rightly, ${wrong.toFixed(4)} a wrong person named`,
    );
  }
  output.say(`  Report: ${report}`);
  output.event('evaluation', { ...evaluation, report });
}
