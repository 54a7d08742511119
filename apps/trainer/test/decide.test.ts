import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf, runFt } from './run-ft.ts';

const SIDE = 40;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-decide-'));
  const faces = syntheticIdentities({ identities: 22, imagesPerIdentity: 4, size: SIDE, seed: 5 });
  const bytes = SIDE * SIDE * 3;
  for (let i = 0; i < faces.count; i++) {
    // Ten people to train on, and twelve others.
    const folder = join(home, faces.labels[i]! < 10 ? 'seen' : 'others', `p${faces.labels[i]}`);
    await mkdir(folder, { recursive: true });
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: SIDE, height: SIDE, channels: 3 },
    })
      .png()
      .toFile(join(folder, `${i % 4}.png`));
  }
  const small = ['--people', '4', '--images', '2', '--epochs', '3', '--size', '32', '--holdout', '0.4'];
  const trained = await ft('train', '--data', 'folder:seen', ...small, '--out', 'run');
  if (trained.code !== 0) throw new Error(JSON.stringify(trained.error));
}, 240_000);
afterAll(() => rm(home, { recursive: true }));

interface Told {
  readonly code: number | null;
  readonly events: readonly Record<string, unknown>[];
  readonly error: Record<string, unknown> | undefined;
}

async function ft(...args: string[]): Promise<Told> {
  const { code, out, error } = await runFt(home, [...args, '--json']);
  const events = eventsOf(out);
  const told = events.find(({ event }) => event === 'error');
  return { code, events, error: told ?? (error === '' ? undefined : { message: error }) };
}

const last = ({ events }: Told) => events.at(-1)!;
const readJson = async (...path: string[]) => JSON.parse(await readFile(join(home, ...path), 'utf8'));

test('from a trained network to a name at the door', async () => {
  const early = await ft('verify', 'others/p11/0.png', 'others/p11/1.png', '--model', 'run');
  expect(early).toMatchObject({ code: 2, error: { code: 'FT_CALIBRATION' } });

  const calibrated = await ft(
    'calibrate',
    '--model',
    'run',
    '--data',
    'folder:others',
    '--policy',
    'far=0.05',
  );
  expect(calibrated.error).toBeUndefined();
  const { point, thresholdInterval } = last(calibrated) as {
    point: { threshold: number; far: number; pairs: object };
    thresholdInterval: { low: number; high: number };
  };
  expect(point.far).toBeLessThanOrEqual(0.05);
  expect(point.pairs).toEqual({ same: 12 * 6, different: (48 * 47) / 2 - 72 });
  expect(thresholdInterval.low).toBeLessThanOrEqual(point.threshold);
  expect(thresholdInterval.high).toBeGreaterThanOrEqual(point.threshold);
  expect(await readJson('run/model/model.json')).toMatchObject({ calibration: { value: { point } } });

  const verified = await ft('verify', 'others/p11/0.png', 'others/p11/0.png', '--model', 'run/model');
  expect(last(verified)).toMatchObject({
    event: 'verification',
    decision: 'same',
    threshold: point.threshold,
  });
  // Half of the pairs to come are same unless something else is said, whatever the share in the calibration.
  expect(last(verified)).toMatchObject({ prior: 0.5 });
  expect(last(verified)['probability']).toBeGreaterThan(0.5);
  const pair = ['others/p11/0.png', 'others/p11/0.png'];
  const seldom = await ft('verify', ...pair, '--model', 'run/model', '--prior', '0.001');
  expect(last(seldom)['probability']).toBeLessThan(last(verified)['probability'] as number);

  const files = ['Ann=others/p11/0.png', 'others/p11/1.png', 'Bo=others/p12/0.png'];
  const enrolled = await ft('enroll', '--model', 'run', '--gallery', 'people', ...files);
  expect(last(enrolled)).toMatchObject({ event: 'enrolled', people: 2, added: 3, replaced: 0 });

  const identified = await ft('identify', '--model', 'run', '--gallery', 'people', 'others/p12/0.png');
  expect(identified.error).toBeUndefined();
  expect(last(identified)).toMatchObject({
    event: 'decision',
    outcome: 'identified',
    name: 'Bo',
    // The same picture, in a batch of another size: the last bits may differ.
    candidate: { name: 'Bo', distance: expect.closeTo(0, 9) },
  });

  expect(last(await ft('gallery', 'remove', 'people', 'Ann'))).toMatchObject({ event: 'removed', images: 2 });
  const { events } = await ft('gallery', 'list', 'people');
  expect(events).toMatchObject([{ event: 'person', person: 'Bo', images: 1 }]);

  // The same weights on another crop make other embeddings.
  const other = ['--model', 'run', '--crop', 'lfw', '--gallery', 'people'];
  expect(await ft('identify', ...other, 'others/p12/0.png')).toMatchObject({
    code: 2,
    error: { code: 'FT_MODEL_MISMATCH' },
  });
}, 300_000);

test('compares runs on the same pairs, and refuses others', async () => {
  await cp(join(home, 'run'), join(home, 'twin'), { recursive: true });
  const compared = await ft('compare', 'run', 'twin', '--html', 'compare.html');
  expect(last(compared)).toMatchObject({
    event: 'comparison',
    comparisons: [
      {
        run: 'twin',
        baseline: 'run',
        accuracyDifference: 0,
        mcnemar: { onlyFirst: 0, onlySecond: 0, pValue: 1 },
        auc: { difference: 0, pValue: 1 },
      },
    ],
  });
  expect(await readFile(join(home, 'compare.html'), 'utf8')).toContain('McNemar');

  const evaluation = await readJson('twin/evaluation.json');
  await writeFile(join(home, 'twin/evaluation.json'), JSON.stringify({ ...evaluation, pairsId: 'x' }));
  const refused = await ft('compare', 'run', 'twin');
  expect(refused).toMatchObject({ code: 2, error: { code: 'FT_INVALID_ARGUMENT' } });
  expect(refused.error!['message']).toContain('twin must be measured on the same pairs as run');
}, 120_000);

test('measures a network on people of its user, with everything that decided it', async () => {
  const evaluated = await ft('eval', 'run', '--data', 'folder:others', '--out', 'evaluation');
  expect(evaluated.error).toBeUndefined();
  expect(last(evaluated)).toMatchObject({
    event: 'evaluation',
    peopleAlsoInTraining: 0,
    people: { calibration: 6, test: 6 },
    identification: { people: 3, probes: { known: 9, unknown: 12 } },
    decision: [{ mode: 'recognition' }, { mode: 'verification' }, { mode: 'combined' }],
  });
  const report = await readFile(join(home, 'evaluation/report.html'), 'utf8');
  expect(report.match(/<svg/g)!.length).toBe(6);
  expect(report).toContain('Two people taken for one');
  const written = await readdir(join(home, 'evaluation/csv'));
  expect(written).toEqual(expect.arrayContaining(['result.csv', 'the-same-probes-decided-three-ways.csv']));
  expect(await readJson('evaluation/evaluation.json')).toMatchObject({
    verification: { pairs: { same: 36 } },
  });

  const few = await ft('eval', 'run', '--data', 'folder:seen/p1');
  expect(few).toMatchObject({ code: 2 });
  expect(few.error!['message']).toContain('has no sub-folders');
}, 120_000);
