import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFt } from './run-ft.ts';

const FOLDS = 10;
const PEOPLE_IN_FOLD = 3;
const IMAGES = 4;

let home: string;

const name = (label: number) => `Person_${String.fromCharCode(65 + Math.floor(label / 10))}${label % 10}`;

const list = (labels: readonly number[]) => labels.map((label) => `${name(label)}\t${IMAGES}\n`).join('');
const pairs = (labels: readonly number[]) =>
  labels.flatMap((label) => [1, 2, 3].map((i) => `${name(label)}\t${i}\t${i + 1}\n`)).join('') +
  labels
    .flatMap((label, k) =>
      [1, 2, 3].map((i) => `${name(label)}\t${i}\t${name(labels[(k + 1) % labels.length]!)}\t${i}\n`),
    )
    .join('');

/** A data set in the form of LFW: ten folds of three drawn people with four images each. */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-recipes-'));
  const people = FOLDS * PEOPLE_IN_FOLD;
  const size = 40;
  const faces = syntheticIdentities({ identities: people, imagesPerIdentity: IMAGES, size, seed: 6 });
  const seen = new Map<number, number>();
  for (let i = 0; i < faces.count; i++) {
    const label = faces.labels[i]!;
    const number = (seen.get(label) ?? 0) + 1;
    seen.set(label, number);
    const folder = join(home, 'lfw/lfw-deepfunneled', name(label));
    await mkdir(folder, { recursive: true });
    const face = faces.pixels.subarray(i * size * size * 3, (i + 1) * size * size * 3);
    await sharp(face, { raw: { width: size, height: size, channels: 3 } })
      .resize(120)
      .extend({ top: 70, bottom: 60, left: 65, right: 65, background: 'grey' })
      .jpeg()
      .toFile(join(folder, `${name(label)}_000${number}.jpg`));
  }
  const all = Array.from({ length: people }, (_, label) => label);
  const folds = Array.from({ length: FOLDS }, (_, fold) =>
    all.slice(fold * PEOPLE_IN_FOLD, (fold + 1) * PEOPLE_IN_FOLD),
  );
  const development = { train: all.slice(0, 20), test: all.slice(20) };
  const files = {
    'people.txt': `${FOLDS}\n${folds.map((fold) => `${PEOPLE_IN_FOLD}\n${list(fold)}`).join('')}`,
    'pairs.txt': `${FOLDS}\t${3 * PEOPLE_IN_FOLD}\n${folds.map(pairs).join('')}`,
    'peopleDevTrain.txt': `${development.train.length}\n${list(development.train)}`,
    'peopleDevTest.txt': `${development.test.length}\n${list(development.test)}`,
    'pairsDevTrain.txt': `${3 * development.train.length}\n${pairs(development.train)}`,
    'pairsDevTest.txt': `${3 * development.test.length}\n${pairs(development.test)}`,
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(home, 'lfw', file), text);
  await mkdir(join(home, 'lfw/wrong'));
  await writeFile(join(home, 'lfw/wrong/recipe.json'), '{"shedule": 1}');
});
afterAll(() => rm(home, { recursive: true }));

const ft = (args: readonly string[], onLine?: Parameters<typeof runFt>[2]) => runFt(home, args, onLine);

const readJson = async (...path: string[]) => JSON.parse(await readFile(join(home, ...path), 'utf8'));
const small = ['--people', '5', '--images', '2', '--epochs', '2', '--size', '32', '--checkpoint-every', '2'];
const timeless = ({ trainSeconds: _seconds, ...rest }: Record<string, unknown>) => rest;

test('View 2 trains a network for each fold, and goes on where it was killed', async () => {
  const metric = ['--set', 'metric.method=joint-bayesian', 'imagesPerEpoch=3'];
  const view2 = [
    'train',
    '--data',
    'lfw:lfw',
    '--protocol',
    'lfw-view2',
    '--holdout',
    '0.3',
    ...metric,
    ...small,
  ];
  const whole = await ft([...view2, '--out', 'whole']);
  expect(whole.code, whole.error).toBe(0);
  const summary = await readJson('whole/summary.json');
  expect(summary).toMatchObject({ protocol: 'lfw-view2', category: 'unrestricted, no outside data' });
  const { folds } = summary as {
    folds: { accuracy: number; metric: number; falseAccepts: number; falseRejects: number }[];
  };
  expect(folds).toHaveLength(FOLDS);
  const meanOf = (key: 'accuracy' | 'metric') => folds.reduce((sum, fold) => sum + fold[key] / FOLDS, 0);
  expect(summary.accuracy).toBeCloseTo(meanOf('accuracy'), 12);
  expect(summary.metric.accuracy).toBeCloseTo(meanOf('metric'), 12);
  const people = new Set<string>();
  let area = 0;
  for (const [i, fold] of folds.entries()) {
    expect(1 - (fold.falseAccepts + fold.falseRejects) / 18).toBeCloseTo(fold.accuracy, 12);
    const run = `whole/fold-${String(i + 1).padStart(2, '0')}`;
    const { right, auc, thresholdFrom } = (await readJson(run, 'evaluation-metric.json')) as {
      right: number[];
      auc: number;
      thresholdFrom: string;
    };
    expect(thresholdFrom, 'the even threshold of the people kept back').toBe('given');
    area += auc / FOLDS;
    expect(right.reduce((sum, call) => sum + call / 18, 0)).toBeCloseTo(fold.metric, 12);
    const trained = (await readJson(run, 'identities.json')) as string[];
    const tested = [0, 1, 2].map((k) => name(3 * i + k));
    expect(trained.filter((person) => tested.includes(person))).toEqual([]);
    trained.forEach((person) => people.add(person));
  }
  expect(people.size).toBe(30);
  expect(summary.metric.auc).toBeCloseTo(area, 12);
  expect(await readFile(join(home, 'whole/report.html'), 'utf8')).toContain('with a metric');

  for (const [to, file] of [
    ['onnx', 'fold.onnx'],
    ['tfjs', 'fold-tfjs/model.json'],
  ] as const) {
    const exported = await ft(['export', 'whole/fold-01', '--to', to, '--out', file.split('/')[0]!]);
    expect(exported.code, exported.error).toBe(0);
    expect((await readFile(join(home, file))).length).toBeGreaterThan(1000);
  }

  let foldsBegun = 0;
  const broken = await ft([...view2, '--out', 'broken', '--json'], (line, kill) => {
    if (line.includes('"step":1,')) foldsBegun += 1;
    if (foldsBegun === 3) kill();
  });
  expect(broken.code).toBe(null);
  expect((await readdir(join(home, 'broken'))).sort()).toEqual([
    'config.json',
    'fold-01',
    'fold-02',
    'fold-03',
  ]);
  const resumed = await ft(['train', '--resume', 'broken']);
  expect(resumed.code, resumed.error).toBe(0);
  expect(timeless(await readJson('broken/summary.json'))).toEqual(timeless(summary));
}, 120_000);

test('a recipe and --set: classify first, keep the best, train the last blocks of a network with weights', async () => {
  await writeFile(
    join(home, 'own.json'),
    JSON.stringify({
      data: 'lfw:lfw',
      align: true,
      model: { name: 'dlib-face-net', pretrained: true, frozen: 'stage4' },
      miner: { name: 'triplet-margin', options: { measure: 'squared-euclidean' } },
      pretrain: { epochs: 1, learningRate: 0.000001, loss: 'softmax' },
      validation: { holdout: 0.3, every: 2 },
      globalMining: { every: 2, confusable: 4 },
      memory: 20,
      clipNorm: 5,
      average: 0.5,
      metric: { pairs: 60 },
      learningRate: 0.000001,
      people: 5,
      images: 2,
      epochs: 2,
    }),
  );
  const { code, error } = await ft([
    'train',
    '--recipe',
    'own.json',
    '--set',
    'schedule.name=cosine',
    'metric.method=joint-bayesian',
    'augment.rotation=5',
    '--out',
    'own',
  ]);
  expect(code, error).toBe(0);
  expect(await readJson('own/config.json')).toMatchObject({
    protocol: 'lfw-view1',
    model: { size: 150, frozen: 'stage4' },
    schedule: { name: 'cosine', warmup: 10 },
    pretrain: { loss: 'softmax', epochs: 1 },
  });
  const summary = await readJson('own/summary.json');
  expect(await readJson('own/metric.json')).toMatchObject({ format: 'ft-joint-bayesian-1' });
  // The people that it held out, on the crop that it was trained on.
  const calibrated = await ft(['calibrate', '--model', 'own']);
  expect(calibrated.code, calibrated.error).toBe(0);
  const evaluated = await ft(['eval', 'own']);
  expect(evaluated.out, evaluated.error).toContain(
    `with the learned metric: accuracy ${summary.metric.accuracy.toFixed(4)}`,
  );
  expect(summary).toMatchObject({
    category: 'unrestricted, labeled outside data',
    best: { score: expect.any(Number) },
  });
  expect(
    (await readFile(join(home, 'own/pretrain.jsonl'), 'utf8')).trim().split('\n').length,
  ).toBeGreaterThan(0);
}, 120_000);

test('a network with trained weights is saved, measured on LFW and asked about two files', async () => {
  const saved = await ft(['models', 'save', 'dlib-face-net', 'dlib']);
  expect(saved.code, saved.error).toBe(0);
  expect((await ft(['models', 'save', 'small-cnn', 'none'])).error).toMatch(/comes with trained weights/);
  const evaluated = await ft(['eval', 'dlib', '--protocol', 'lfw-view2', '--lfw', 'lfw', '--json']);
  expect(evaluated.code, evaluated.error).toBe(0);
  expect(evaluated.out).toMatch(/"event":"evaluation".*"protocol":"lfw-view2"/);
  const [a, b] = [1, 2].map((i) => `lfw/lfw-deepfunneled/${name(0)}/${name(0)}_000${i}.jpg`);
  const faces = ['--model', 'dlib', '--crop', 'lfw', '--json'];
  expect((await ft(['verify', a!, b!, ...faces])).out).toMatch(/has no threshold yet/);
  const calibrated = await ft(['calibrate', ...faces, '--data', 'folder:lfw/lfw-deepfunneled']);
  expect(calibrated.code, calibrated.error + calibrated.out).toBe(0);
  const verified = await ft(['verify', a!, b!, ...faces]);
  expect(verified.code, verified.error + verified.out).toBe(0);
  expect(verified.out).toMatch(/"distance":/);
}, 60_000);

test('init writes a configuration that train takes, and flags win over it', async () => {
  const { code, error } = await ft(['init', 'lfw/lfw-deepfunneled']);
  expect(code, error).toBe(0);
  const again = await ft(['init', 'lfw/lfw-deepfunneled']);
  expect(again.code).toBe(2);
  expect(again.error).toMatch(/ft\.config\.ts is here already/);
  const args = [
    '--set',
    'model={"name":"small-cnn","pretrained":false,"frozen":null}',
    '--set',
    'align=false',
  ];
  const run = await ft(['train', ...args, ...small, '--miner', 'hard', '--out', 'configured']);
  await rm(join(home, 'ft.config.ts'));
  expect(run.code, run.error).toBe(0);
  expect(await readJson('configured/config.json')).toMatchObject({
    data: 'folder:lfw/lfw-deepfunneled',
    optimizer: { name: 'adamw', weightDecay: 0 },
    people: 5,
    miner: { name: 'hard', options: { margin: 0.2 } },
  });
}, 60_000);

test.each<[string, string[], RegExp]>([
  [
    'an unknown recipe',
    ['--recipe', 'lfw-fintune'],
    /"lfw-fintune" cannot be read.*Did you mean lfw-finetune\?/,
  ],
  ['a mistake in the recipe of a folder', ['--recipe', 'lfw/wrong'], /lfw\/wrong\/recipe\.json: .*shedule/],
  ['a setting without a value', ['--set', 'schedule'], /--set must be field=value/],
  ['an unknown setting', ['--set', 'shedule.name=cosine'], /--set shedule\.name: .*shedule/],
  ['a setting of the wrong kind', ['--set', 'epochs=many'], /--set epochs: epochs: .*number/],
  ['an unknown network', ['--model', 'mobile-facenet'], /Did you mean "mobile-face-net"\?/],
  [
    'no trained weights',
    ['--model', 'small-cnn', '--pretrained'],
    /the network must be one that comes with trained weights, got "small-cnn".*dlib-face-net/,
  ],
  [
    'an unknown block',
    ['--model', 'dlib-face-net', '--pretrained', '--freeze', 'stage9', ...small.slice(0, 6)],
    /stage9/,
  ],
  [
    'an epoch of images with batches of people who are alike',
    ['--set', 'imagesPerEpoch=4', 'globalMining.every=10', ...small],
    /imagesPerEpoch must be null with global mining.*got 4/,
  ],
  ['View 2 of something else', ['--protocol', 'lfw-view2', '--data', 'synthetic'], /lfw-view2.*lfw:DIR/],
])(
  '%s is one sentence',
  async (_what, args, message) => {
    const { code, error, out } = await ft(['train', '--data', 'lfw:lfw', ...args, '--out', 'bad']);
    expect(error).toMatch(message);
    expect(error.trim().split('\n')).toHaveLength(1);
    expect(out).not.toMatch(/^Training/m);
    expect(code).toBe(2);
  },
  30_000,
);

test('completion scripts name the commands', async () => {
  expect((await ft(['completion', 'bash'])).out).toMatch(/'data inspect'\) words='--align/);
  expect((await ft(['completion', 'fish'])).out).toMatch(/__fish_seen_subcommand_from data; and .* -l align/);
  expect((await ft(['completion', 'csh'])).error).toMatch(/shell must be one of bash, zsh, fish/);
  expect((await ft(['recipes'])).out).toMatch(/^lfw-finetune +\{/m);
});
